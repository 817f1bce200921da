package dev.cloakroom.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cloakroom.settings.InvalidSettingException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class FileHostsTests {

  private static FileHosts hosts(Map<String, ?> settings) {
    return new FileHosts(
        new Binder(new MapConfigurationPropertySource(settings))
            .bindOrCreate("cloakroom.content", ContentProperties.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "100.64.0.1",
        "100.127.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::10.0.0.1",
        "::127.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::10.0.0.1",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "100::1",
        "5f00::1"
      })
  void refusesAddressesThatAreNotPublic(String address) throws UnknownHostException {
    assertThat(hosts(Map.of()).isAllowed(InetAddress.getByName(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "127.0.0.1"})
  void refusesThemAlsoWhereNothingHasUnmappedThem(String address) throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = (byte) 0xFF;
    mapped[11] = (byte) 0xFF;
    System.arraycopy(InetAddress.getByName(address).getAddress(), 0, mapped, 12, 4);

    InetAddress ipv6 = java.net.Inet6Address.getByAddress(null, mapped, 0);

    assertThat(hosts(Map.of()).isAllowed(ipv6)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"})
  void allowsPublicAddresses(String address) throws UnknownHostException {
    assertThat(hosts(Map.of()).isAllowed(InetAddress.getByName(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "127.0.0.1", "fd00::1"})
  void allowsPrivateAddressesWhereTheyAreAskedFor(String address) throws UnknownHostException {
    FileHosts hosts = hosts(Map.of("cloakroom.content.private-addresses", true));

    assertThat(hosts.isAllowed(InetAddress.getByName(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/generations/0.png",
        "https://modelslab-bom.s3.amazonaws.com/0.png",
        "https://my_bucket.s3.amazonaws.com/0.png",
        "https://cdn2.stablediffusionapi.com/0.png",
        "https://CDN.ModelsLab.com:443/0.png",
        "https://d1234.cloudfront.net/0.png"
      })
  void allowsTheVendorsHosts(String link) {
    hosts(Map.of()).check(java.net.URI.create(link));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "https://a.example", "*", "*.", "a b", "a.example:x", "[::1]", "a@b"})
  void doesNotStartWithWhatIsNoHost(String entry) {
    assertThatThrownBy(() -> hosts(Map.of("cloakroom.content.hosts", List.of(entry))))
        .isInstanceOf(InvalidSettingException.class);
  }
}

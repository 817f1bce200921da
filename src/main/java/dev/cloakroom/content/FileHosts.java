package dev.cloakroom.content;

import dev.cloakroom.content.ContentRefused.Reason;
import dev.cloakroom.settings.InvalidSettingException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.boot.http.client.InetAddressFilter;
import org.springframework.stereotype.Component;

/** Decides to which hosts, ports and addresses connections are made. */
@Component
final class FileHosts {

  private static final String HTTPS = ":443";
  private static final Pattern AUTHORITY = Pattern.compile("([a-z0-9][a-z0-9._-]*)(:[0-9]{1,5})?");
  private static final Pattern LISTED =
      Pattern.compile("((?:\\*\\.)?[a-z0-9][a-z0-9._-]*)(:[0-9]{1,5})?");

  /** What Boot counts as public, without IPv6 addresses that are not global unicast. */
  private static final InetAddressFilter PUBLIC =
      InetAddressFilter.externalAddresses()
          .and(
              InetAddressFilter.adapt(Inet4Address.class::isInstance)
                  .or(InetAddressFilter.of("2000::/3")))
          .andNot("3fff::/20");

  private final List<String> listed;
  private final boolean hasPrivate;

  FileHosts(ContentProperties settings) {
    this.listed = settings.hosts().stream().map(FileHosts::withPort).toList();
    this.hasPrivate = settings.privateAddresses();
  }

  private static String withPort(String host) {
    Matcher parts = LISTED.matcher(host.strip().toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      throw new InvalidSettingException(
          "cloakroom.content.hosts",
          "has an entry that is no host, nor host and port",
          "List hosts such as cdn.example.com, *.example.com or files.example.com:8443.");
    }
    return parts.group(1) + (parts.group(2) == null ? HTTPS : parts.group(2));
  }

  /**
   * Lets a link to a listed host and port pass.
   *
   * @throws ContentRefused for any other
   */
  void check(URI link) {
    String authority = String.valueOf(link.getRawAuthority()).toLowerCase(Locale.ROOT);
    Matcher parts = AUTHORITY.matcher(authority);
    if (!"https".equalsIgnoreCase(link.getScheme()) || !parts.matches()) {
      throw new ContentRefused(Reason.HOST, "the link is not https to a plain host");
    }
    String host = parts.group(1) + (parts.group(2) == null ? HTTPS : parts.group(2));
    if (listed.stream().noneMatch(pattern -> isOf(host, pattern))) {
      throw new ContentRefused(Reason.HOST, host + " is not in cloakroom.content.hosts");
    }
  }

  private static boolean isOf(String host, String pattern) {
    return pattern.startsWith("*.") ? host.endsWith(pattern.substring(1)) : host.equals(pattern);
  }

  /** Whether a connection to the address may be made. */
  boolean isAllowed(InetAddress address) {
    return hasPrivate || PUBLIC.matches(unmapped(address));
  }

  /** An IPv4 address is judged as such, also where it comes in IPv6 (RFC 4291, 2.5.5.2). */
  private static InetAddress unmapped(InetAddress address) {
    try {
      return InetAddress.getByAddress(address.getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has 4 or 16 bytes", e);
    }
  }

  /**
   * Judges the very address that is connected to: Boot's filter judges what a resolver gives, and
   * sees no address that the link itself spells out.
   */
  ChannelHandler guard() {
    return new ChannelOutboundHandlerAdapter() {
      @Override
      public void connect(
          ChannelHandlerContext context,
          SocketAddress remote,
          SocketAddress local,
          ChannelPromise promise) {
        if (remote instanceof InetSocketAddress target
            && target.getAddress() != null
            && isAllowed(target.getAddress())) {
          var _ = context.connect(remote, local, promise);
        } else {
          promise.setFailure(
              new ContentRefused(
                  Reason.ADDRESS,
                  "the host's address is not public, and"
                      + " cloakroom.content.private-addresses is false"));
        }
      }
    };
  }
}

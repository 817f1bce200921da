package dev.cloakroom.upstream;

import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

/** A certificate authority that no JVM trusts, with the files that its users need. */
public record PrivateAuthority(Path directory) {

  /** Of every store below. */
  public static final String PASSWORD = "not-a-secret";

  private static final Tool keytool =
      new Tool(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());

  /** Makes it, a server's certificate for 127.0.0.1, one for another host, and a client's. */
  public static PrivateAuthority in(Path directory) {
    PrivateAuthority authority = ofServer(directory);
    authority.make("other", "-signer", "ca", "-ext", "san=dns:other.example");
    authority.make("client", "-signer", "ca");
    authority.split("other", "client");
    return authority;
  }

  /** Makes it, and a server's certificate for 127.0.0.1. */
  public static PrivateAuthority ofServer(Path directory) {
    var authority = new PrivateAuthority(directory);
    authority.make("ca", "-ext", "bc:critical=ca:true");
    authority.make("server", "-signer", "ca", "-ext", "san=ip:127.0.0.1");
    authority.split("server");
    return authority;
  }

  /** Its own certificate as PEM. */
  public Path certificate() {
    return directory.resolve("ca.crt");
  }

  /** Its own certificate as a store. */
  Path trustStore() {
    return directory.resolve("ca.p12");
  }

  /** The key and certificate of "server", "other" or "client". */
  public Path keyStore(String name) {
    return directory.resolve(name + ".p12");
  }

  private Path all() {
    return directory.resolve("all.p12");
  }

  private void make(String name, String... more) {
    List<String> arguments = new ArrayList<>();
    Collections.addAll(arguments, "-genkeypair", "-alias", name, "-dname", "CN=" + name);
    Collections.addAll(arguments, "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "30");
    Collections.addAll(arguments, "-keystore", all().toString(), "-storepass", PASSWORD);
    Collections.addAll(arguments, more);
    keytool.run(arguments.toArray(String[]::new));
  }

  /** Or else a server would choose among the keys. */
  private void split(String... names) {
    try {
      write(names);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private void write(String... names) throws IOException, GeneralSecurityException {
    KeyStore all = KeyStore.getInstance(all().toFile(), PASSWORD.toCharArray());
    Certificate root = all.getCertificate("ca");
    String pem =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
            .encodeToString(root.getEncoded());
    Files.writeString(
        certificate(), "-----BEGIN CERTIFICATE-----\n" + pem + "\n-----END CERTIFICATE-----\n");
    KeyStore trusted = empty();
    trusted.setCertificateEntry("ca", root);
    write(trusted, trustStore());
    for (String name : names) {
      KeyStore own = empty();
      own.setKeyEntry(
          name,
          all.getKey(name, PASSWORD.toCharArray()),
          PASSWORD.toCharArray(),
          all.getCertificateChain(name));
      write(own, keyStore(name));
    }
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static void write(KeyStore store, Path file)
      throws IOException, GeneralSecurityException {
    try (OutputStream to = Files.newOutputStream(file)) {
      store.store(to, PASSWORD.toCharArray());
    }
  }
}

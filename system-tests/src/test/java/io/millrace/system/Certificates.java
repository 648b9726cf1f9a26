package io.millrace.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A certificate authority of one test and what it signs, made by the JDK's keytool below one
 * directory. All stores have the same password, in a file.
 */
public final class Certificates {
  private static final String DAYS = "3";

  private final Path dir;
  private final String password;

  Certificates(Path dir, String password) {
    this.dir = dir;
    this.password = password;
    write("store.password", password + "\n");
    keytool(
        "-genkeypair", "-alias", "ca", "-dname", "CN=wires-ca", "-ext", "bc:c", "-keystore", "ca");
    keytool("-exportcert", "-alias", "ca", "-rfc", "-file", "ca.crt", "-keystore", "ca");
    keytool("-importcert", "-alias", "ca", "-noprompt", "-file", "ca.crt", "-keystore", "trust");
  }

  /** The password of every store, in a file that ends in a line break. */
  public Path passwordFile() {
    return dir.resolve("store.password");
  }

  /** The authority's certificate, PEM. */
  public Path authority() {
    return dir.resolve("ca.crt");
  }

  /** A PKCS12 store that trusts the authority. */
  public Path trust() {
    return dir.resolve("trust.p12");
  }

  /** The PKCS12 store of {@link #sign}. */
  public Path store(String name) {
    return dir.resolve(name + ".p12");
  }

  /** The certificate of {@link #sign}, PEM. */
  public Path certificate(String name) {
    return dir.resolve(name + ".crt");
  }

  /** The private key of {@link #sign}, PEM, not encrypted. */
  public Path key(String name) {
    return dir.resolve(name + ".key");
  }

  /**
   * Makes a key, a certificate for {@code CN=name} and a store of both.
   *
   * @param addresses as keytool's {@code san=}; empty: none
   */
  public void sign(String name, String addresses) {
    keytool("-genkeypair", "-alias", name, "-dname", "CN=" + name, "-keystore", name);
    keytool("-certreq", "-alias", name, "-file", name + ".csr", "-keystore", name);
    List<String> sign =
        new ArrayList<>(List.of("-gencert", "-alias", "ca", "-rfc", "-infile", name + ".csr"));
    sign.addAll(List.of("-outfile", name + ".crt", "-keystore", "ca"));
    if (!addresses.isEmpty()) {
      sign.addAll(List.of("-ext", "san=" + addresses));
    }
    keytool(sign.toArray(String[]::new));
    keytool("-importcert", "-alias", "ca", "-noprompt", "-file", "ca.crt", "-keystore", name);
    keytool("-importcert", "-alias", name, "-file", name + ".crt", "-keystore", name);
    try (InputStream in = Files.newInputStream(store(name))) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, password.toCharArray());
      Key key = store.getKey(name, password.toCharArray());
      String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
      write(
          name + ".key",
          "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n");
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("cannot take the key out of " + store(name), e);
    }
  }

  private void keytool(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.add(arguments[0]);
    for (int i = 1; i < arguments.length; i++) {
      boolean store = arguments[i - 1].equals("-keystore");
      command.add(store ? arguments[i] + ".p12" : arguments[i]);
    }
    command.addAll(List.of("-storetype", "PKCS12", "-storepass:file", "store.password"));
    if (arguments[0].equals("-genkeypair")) {
      command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", DAYS));
    } else if (arguments[0].equals("-gencert")) {
      command.addAll(List.of("-validity", DAYS));
    }
    try {
      Process process =
          new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(command + " failed: " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while making certificates", e);
    }
  }

  private void write(String name, String text) {
    try {
      Files.createDirectories(dir);
      Files.writeString(dir.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.millrace.control.config;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Keeps passwords out of logs and off command lines. Stateless. */
public final class Secrets {
  /** Parts of the names of settings whose values must not be shown; also for Spark's redaction. */
  public static final String NAMES =
      "(?i)password|passwd|passphrase|secret|token|credential|jaas|access.?key|account.?key"
          + "|api.?key|private|keystore[.]key|certificate[.]key|encryption.?key|sse[.]key"
          + "|user.?info|[.]sas[.]";

  private static final Pattern NAME = Pattern.compile(NAMES);
  private static final Pattern IN_ADDRESS = Pattern.compile("(//[^/@:\\s]*):[^/@\\s]*@");
  private static final Pattern PARAMETER =
      Pattern.compile("(?i)((?:password|secret|token)=)[^&;,\\s]+");

  private Secrets() {}

  /** Whether a setting of this name holds something that must not be shown. */
  public static boolean secret(String name) {
    return NAME.matcher(name.toLowerCase(Locale.ROOT)).find();
  }

  /**
   * The settings in the order of their names: secret values as stars, and stars for passwords
   * within addresses.
   */
  static Map<String, String> hidden(Map<String, String> settings) {
    Map<String, String> shown = new TreeMap<>();
    settings.forEach(
        (name, value) -> shown.put(name, secret(name) ? "*****" : withoutPasswords(value)));
    return shown;
  }

  /** A text with stars for the passwords of addresses in it. */
  public static String withoutPasswords(String text) {
    String address = IN_ADDRESS.matcher(text).replaceAll("$1:*****@");
    return PARAMETER.matcher(address).replaceAll("$1*****");
  }
}

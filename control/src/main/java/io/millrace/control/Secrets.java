package io.millrace.control;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Keeps passwords out of logs. */
final class Secrets {
  private static final Pattern NAMES =
      Pattern.compile(
          ".*(password|passwd|secret|token|credential|jaas|access-key|accesskey|private"
              + "|keystore\\.key|account-key|sas\\.).*");

  private Secrets() {}

  /** Whether a setting of this name holds something that must not be shown. */
  static boolean secret(String name) {
    return NAMES.matcher(name.toLowerCase(Locale.ROOT)).matches();
  }

  /** The settings in the order of their names, secret values as stars. */
  static Map<String, String> hidden(Map<String, String> settings) {
    Map<String, String> shown = new TreeMap<>();
    settings.forEach((name, value) -> shown.put(name, secret(name) ? "*****" : value));
    return shown;
  }
}

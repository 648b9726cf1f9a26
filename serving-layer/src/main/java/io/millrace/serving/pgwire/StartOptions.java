package io.millrace.serving.pgwire;

import io.millrace.serving.pgsql.PgError;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a client gives as {@code options}: {@code -c name=value} and {@code --name=value}. */
final class StartOptions {
  private static final Pattern OPTION =
      Pattern.compile("\\s*(?:-c\\s*|--)([A-Za-z][\\w.-]*)=((?:\\\\.|[^\\s\\\\])*)\\s*");

  private StartOptions() {}

  /**
   * @throws PgError {@code 42601}
   */
  static Map<String, String> of(String text) {
    Map<String, String> options = new LinkedHashMap<>();
    Matcher option = OPTION.matcher(text);
    int at = 0;
    while (at < text.length() && option.find(at) && option.start() == at) {
      options.put(option.group(1).replace('-', '_'), option.group(2).replaceAll("\\\\(.)", "$1"));
      at = option.end();
    }
    if (!text.substring(at).isBlank()) {
      throw PgError.of(
          PgError.SYNTAX,
          "cannot start a session: found options '"
              + text.substring(at)
              + "', expected -c name=value");
    }
    return options;
  }
}

package io.millrace.launcher.shell;

import java.util.ArrayList;
import java.util.List;

/**
 * What was typed, in statements.
 *
 * @param whole each without the semicolon that ends it
 * @param rest what no semicolon ends yet, blank if there is nothing
 */
record Statements(List<String> whole, String rest) {
  /** Semicolons in quotes and comments end nothing. */
  static Statements of(String text) {
    List<String> whole = new ArrayList<>();
    int start = 0;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '\'' || c == '"' || c == '`') {
        i = endOfQuote(text, i);
      } else if (text.startsWith("--", i)) {
        i = end(text, "\n", i + 2);
      } else if (text.startsWith("/*", i)) {
        i = end(text, "*/", i + 2);
      } else {
        if (c == ';') {
          add(whole, text.substring(start, i));
          start = i + 1;
        }
        i++;
      }
    }
    return new Statements(whole, text.substring(start));
  }

  /** Whether there is nothing to wait for. */
  boolean complete() {
    return rest.isBlank();
  }

  private static void add(List<String> whole, String statement) {
    if (!statement.isBlank()) {
      whole.add(statement.strip());
    }
  }

  private static int endOfQuote(String text, int start) {
    char quote = text.charAt(start);
    for (int i = start + 1; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && quote != '`') {
        i++;
      } else if (text.charAt(i) == quote) {
        return i + 1;
      }
    }
    return text.length();
  }

  private static int end(String text, String end, int from) {
    int at = text.indexOf(end, from);
    return at < 0 ? text.length() : at + end.length();
  }
}

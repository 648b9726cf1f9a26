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
  /** Semicolons in quotes and comments end nothing; comments alone are no statement. */
  static Statements of(String text) {
    List<String> whole = new ArrayList<>();
    int start = 0;
    int i = 0;
    boolean said = false;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '\'' || c == '"' || c == '`') {
        i = endOfQuote(text, i);
        said = true;
      } else if (text.startsWith("--", i)) {
        i = end(text, "\n", i + 2);
      } else if (text.startsWith("/*", i)) {
        int end = endOfComment(text, i);
        said |= end < 0;
        i = end < 0 ? text.length() : end;
      } else if (c == ';') {
        if (said) {
          whole.add(text.substring(start, i).strip());
        }
        start = ++i;
        said = false;
      } else {
        said |= !Character.isWhitespace(c);
        i++;
      }
    }
    return new Statements(whole, said ? text.substring(start) : "");
  }

  /** Whether there is nothing to wait for. */
  boolean complete() {
    return rest.isBlank();
  }

  /** There may be comments in it. Less than 0: it goes on. */
  private static int endOfComment(String text, int start) {
    int depth = 0;
    int i = start;
    while (i < text.length()) {
      if (text.startsWith("/*", i)) {
        depth++;
        i += 2;
      } else if (text.startsWith("*/", i)) {
        depth--;
        i += 2;
        if (depth == 0) {
          return i;
        }
      } else {
        i++;
      }
    }
    return -1;
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

package io.millrace.launcher.shell;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Shows the place that an error names. Stateless. */
final class Placed {
  private static final Pattern PLACE = Pattern.compile("\\bline (\\d{1,6}), column (\\d{1,6})\\b");

  private Placed() {}

  /** The line of {@code sql} and a caret below it; empty where no place is named. */
  static Optional<List<String>> lines(String sql, String message, int columns) {
    Matcher place = PLACE.matcher(message);
    if (!place.find()) {
      return Optional.empty();
    }
    List<String> lines = sql.lines().toList();
    int line = Integer.parseInt(place.group(1));
    int column = Integer.parseInt(place.group(2));
    if (line > lines.size() || column > lines.get(line - 1).length() + 1) {
      return Optional.empty();
    }
    String text = lines.get(line - 1).replace('\t', ' ');
    // A line that is longer than the terminal is wide is shown from near the place on.
    int from = column < columns ? 0 : column - columns / 2;
    String shown = text.substring(from, Math.min(text.length(), from + columns - 1));
    return Optional.of(List.of(shown, " ".repeat(column - 1 - from) + "^"));
  }
}

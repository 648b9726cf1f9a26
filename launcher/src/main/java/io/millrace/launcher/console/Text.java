package io.millrace.launcher.console;

import java.time.Duration;
import java.util.Locale;

/** Numbers, durations and widths as people read them. Stateless. */
public final class Text {
  private Text() {}

  /** {@code 1,234,567}. */
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** {@code 850 ms}, {@code 3.2 s}, {@code 4 min 05 s}, {@code 2 h 10 min}. */
  public static String duration(Duration duration) {
    long ms = duration.toMillis();
    if (ms < 1000) {
      return ms + " ms";
    }
    if (ms < 60_000) {
      return String.format(Locale.ROOT, "%.1f s", ms / 1000.0);
    }
    if (ms < 3_600_000) {
      return String.format(Locale.ROOT, "%d min %02d s", ms / 60_000, ms / 1000 % 60);
    }
    return String.format(Locale.ROOT, "%d h %02d min", ms / 3_600_000, ms / 60_000 % 60);
  }

  /** Columns that {@code text} takes on a terminal, not counting its styles. */
  public static int width(String text) {
    int width = 0;
    for (int i = 0; i < text.length(); ) {
      if (text.charAt(i) == '\033') {
        i = endOfStyle(text, i);
      } else {
        int codePoint = text.codePointAt(i);
        width += columns(codePoint);
        i += Character.charCount(codePoint);
      }
    }
    return width;
  }

  /** {@code text} cut to {@code columns}, its styles kept. */
  public static String cut(String text, int columns) {
    if (width(text) <= columns) {
      return text;
    }
    StringBuilder cut = new StringBuilder();
    int width = 0;
    for (int i = 0; i < text.length(); ) {
      if (text.charAt(i) == '\033') {
        int end = endOfStyle(text, i);
        cut.append(text, i, end);
        i = end;
      } else {
        int codePoint = text.codePointAt(i);
        width += columns(codePoint);
        if (width < columns) {
          cut.appendCodePoint(codePoint);
        } else if (width - columns(codePoint) < columns) {
          cut.append('…');
          width = columns;
        }
        i += Character.charCount(codePoint);
      }
    }
    return cut.toString();
  }

  /** {@code text} with spaces up to {@code columns}, behind it, or before it for numbers. */
  static String pad(String text, int columns, Align align) {
    String space = " ".repeat(Math.max(0, columns - width(text)));
    return align == Align.RIGHT ? space + text : text + space;
  }

  /** Which side of a column a text stands on. */
  enum Align {
    LEFT,
    RIGHT
  }

  private static int endOfStyle(String text, int start) {
    int end = text.indexOf('m', start);
    return end < 0 ? text.length() : end + 1;
  }

  private static int columns(int codePoint) {
    int type = Character.getType(codePoint);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    boolean wide =
        (codePoint >= 0x1100 && codePoint <= 0x115F)
            || (codePoint >= 0x2E80 && codePoint <= 0xA4CF)
            || (codePoint >= 0xAC00 && codePoint <= 0xD7A3)
            || (codePoint >= 0xF900 && codePoint <= 0xFAFF)
            || (codePoint >= 0xFF00 && codePoint <= 0xFF60)
            || (codePoint >= 0x1F300 && codePoint <= 0x1FAFF);
    return wide ? 2 : 1;
  }
}

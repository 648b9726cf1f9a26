package io.millrace.launcher.console;

import java.util.ArrayList;
import java.util.List;

/** Rows under headings, each column as wide as its widest cell. Not thread-safe. */
public final class Table {
  private static final int MAX_CELL = 60;
  private static final int LEAST_CELL = 8;
  private static final int GAP = 2;

  private final List<String> headings;
  private final List<Text.Align> aligns = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param headings one that starts with {@code >} stands for a column of numbers, to the right
   */
  public Table(List<String> headings) {
    this.headings = new ArrayList<>();
    for (String heading : headings) {
      boolean right = heading.startsWith(">");
      aligns.add(right ? Text.Align.RIGHT : Text.Align.LEFT);
      this.headings.add(right ? heading.substring(1) : heading);
    }
  }

  public Table row(List<String> cells) {
    if (cells.size() != headings.size()) {
      throw new IllegalArgumentException(
          "cannot add a row: found " + cells.size() + " cells, expected " + headings.size());
    }
    rows.add(cells.stream().map(Table::cell).toList());
    return this;
  }

  public int size() {
    return rows.size();
  }

  /** The lines, headings first, without trailing space. */
  public List<String> lines(Console console) {
    int[] widths = widths();
    if (console.cuts()) {
      fit(widths, console.columns());
    }
    List<String> lines = new ArrayList<>();
    lines.add(console.dim(line(headings, widths)));
    rows.forEach(row -> lines.add(line(row, widths)));
    if (console.cuts()) {
      lines.replaceAll(line -> Text.cut(line, console.columns()));
    }
    return lines;
  }

  /** Lines of further rows, in the widths of the rows added so far; they are not added. */
  public List<String> continued(List<List<String>> further) {
    int[] widths = widths();
    return further.stream()
        .map(cells -> line(cells.stream().map(Table::cell).toList(), widths))
        .toList();
  }

  /** The widest columns get narrower, but not too narrow to tell their values apart. */
  private static void fit(int[] widths, int columns) {
    int over = -columns - GAP;
    for (int width : widths) {
      over += width + GAP;
    }
    while (over > 0) {
      int widest = 0;
      for (int i = 1; i < widths.length; i++) {
        widest = widths[i] > widths[widest] ? i : widest;
      }
      if (widths[widest] <= LEAST_CELL) {
        return;
      }
      widths[widest]--;
      over--;
    }
  }

  private int[] widths() {
    int[] widths = new int[headings.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Text.width(headings.get(i));
      for (List<String> row : rows) {
        widths[i] = Math.max(widths[i], Text.width(row.get(i)));
      }
    }
    return widths;
  }

  private String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      line.append(i == 0 ? "" : "  ")
          .append(Text.pad(Text.cut(cells.get(i), widths[i]), widths[i], aligns.get(i)));
    }
    return line.toString().stripTrailing();
  }

  private static String cell(String text) {
    return Text.cut(text.replace('\n', ' ').replace('\r', ' '), MAX_CELL);
  }
}

package io.millrace.launcher.console;

import java.io.PrintStream;
import java.util.List;

/**
 * The terminal: styles where there is one, plain text where output goes to a file. The {@code
 * millrace} script says which, with the system properties {@code millrace.tty}, {@code
 * millrace.tty.in} and {@code millrace.columns}.
 *
 * <p>Thread-safe: lines are never mixed.
 */
public final class Console {
  private static final int DEFAULT_COLUMNS = 100;

  private final PrintStream out;
  private final boolean terminal;
  private final int columns;
  private final boolean cuts;
  private int blockLines;

  private Console(PrintStream out, boolean terminal, int columns) {
    this(out, terminal, columns, false);
  }

  private Console(PrintStream out, boolean terminal, int columns, boolean cuts) {
    this.cuts = cuts;
    this.out = out;
    this.terminal = terminal;
    this.columns = columns;
  }

  /** Standard output. */
  public static Console standard() {
    return new Console(
        System.out,
        Boolean.getBoolean("millrace.tty"),
        Integer.getInteger("millrace.columns", DEFAULT_COLUMNS));
  }

  /** Whether somebody sits at standard input and output. */
  public static boolean interactive() {
    return Boolean.getBoolean("millrace.tty") && Boolean.getBoolean("millrace.tty.in");
  }

  /** Plain text into {@code out}. */
  public static Console plain(PrintStream out) {
    return new Console(out, false, DEFAULT_COLUMNS);
  }

  /** A terminal of the given width, written to {@code out}. */
  public static Console terminal(PrintStream out, int columns) {
    return new Console(out, true, columns);
  }

  /** As {@link #terminal}; tables that are wider than it are cut. */
  public static Console narrow(PrintStream out, int columns) {
    return new Console(out, true, columns, true);
  }

  /** Whether a block of lines can be redrawn in place. */
  public boolean live() {
    return terminal;
  }

  /** Whether tables that are wider than the terminal are cut. */
  public boolean cuts() {
    return cuts;
  }

  public int columns() {
    return columns;
  }

  /** Prints a line below everything printed so far; a live block moves down. */
  public synchronized void line(String text) {
    clearBlock();
    out.println(text);
    out.flush();
  }

  /**
   * Shows lines in place of those of the previous call; without a terminal it does nothing. Lines
   * longer than the terminal is wide are cut.
   */
  public synchronized void block(List<String> lines) {
    if (!terminal) {
      return;
    }
    StringBuilder text = new StringBuilder();
    if (blockLines > 0) {
      text.append("\033[").append(blockLines).append('F');
    }
    for (String line : lines) {
      text.append(Text.cut(line, columns)).append("\033[K\n");
    }
    text.append("\033[J");
    out.print(text);
    out.flush();
    blockLines = lines.size();
  }

  /** Leaves the present block where it is. */
  public synchronized void keepBlock() {
    blockLines = 0;
  }

  /** Removes the present block. */
  public synchronized void clearBlock() {
    if (blockLines > 0) {
      out.print("\033[" + blockLines + "F\033[J");
      blockLines = 0;
    }
  }

  public String bold(String text) {
    return style("1", text);
  }

  public String dim(String text) {
    return style("2", text);
  }

  public String green(String text) {
    return style("32", text);
  }

  public String yellow(String text) {
    return style("33", text);
  }

  public String red(String text) {
    return style("31", text);
  }

  private String style(String code, String text) {
    return terminal && System.getenv("NO_COLOR") == null
        ? "\033[" + code + "m" + text + "\033[0m"
        : text;
  }
}

package io.millrace.launcher.produce.row;

/** One row that cannot become a record; the others can. The message says why, and in which line. */
public final class BadRowException extends Exception {
  private static final long serialVersionUID = 1L;

  /** How much of a row is kept to be shown: it may have no end. */
  private static final int SHOWN = 100_000;

  private final long line;
  private final String text;

  /** Of a value; {@link #of} adds where it stands. */
  public BadRowException(String reason) {
    this(0, reason, "");
  }

  private BadRowException(long line, String message, String text) {
    // No stack trace: bad rows may come in floods.
    super(message, null, false, false);
    this.line = line;
    this.text = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
  }

  /**
   * @param line where the row begins
   * @param text the row as it stands in the file
   */
  public static BadRowException of(long line, String reason, String text) {
    return new BadRowException(line, "line " + line + ": " + reason, text);
  }

  /** Where the row begins in the file, from 1. */
  public long line() {
    return line;
  }

  /** The row as it stands in the file; the beginning of a very long one. */
  public String text() {
    return text;
  }
}

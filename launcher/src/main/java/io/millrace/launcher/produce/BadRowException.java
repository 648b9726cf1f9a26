package io.millrace.launcher.produce;

/** One row that cannot become a record; the others can. The message says why. */
final class BadRowException extends Exception {
  private static final long serialVersionUID = 1L;

  BadRowException(String reason) {
    // No stack trace: bad rows may come in floods.
    super(reason, null, false, false);
  }
}

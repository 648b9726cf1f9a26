package io.millrace.launcher.output;

/** Who read standard output has left, as {@code head} does: there is nobody to tell, nor why. */
public final class NobodyReads extends RuntimeException {
  private static final long serialVersionUID = 1;

  NobodyReads(Throwable cause) {
    super("nobody reads standard output", cause);
  }
}

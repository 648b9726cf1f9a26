package io.millrace.launcher.console;

/** What the exit codes of the {@code millrace} command say. */
public final class ExitCode {
  /** What was asked for is done. */
  public static final int OK = 0;

  /** It could not be done, or a check found a difference; what was wrong is on the terminal. */
  public static final int FAILED = 1;

  /** The command line or the machine is not as it has to be; nothing was tried. */
  public static final int MISUSED = 2;

  private ExitCode() {}
}

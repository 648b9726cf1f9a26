package io.millrace.control.process;

import sun.misc.Signal;

/** What SIGTERM and SIGINT do to this process. */
public final class StopSignals {
  private StopSignals() {}

  /** Runs {@code stop} at each SIGTERM and SIGINT, instead of ending the JVM. */
  public static void handle(Runnable stop) {
    Signal.handle(new Signal("TERM"), signal -> stop.run());
    Signal.handle(new Signal("INT"), signal -> stop.run());
  }

  /**
   * Makes SIGINT do nothing. A terminal sends Ctrl-C to every process of a group; children leave it
   * to their parent, which stops them in order.
   */
  public static void ignoreInterrupt() {
    Signal.handle(new Signal("INT"), signal -> {});
  }
}

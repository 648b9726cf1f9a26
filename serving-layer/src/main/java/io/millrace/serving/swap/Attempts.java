package io.millrace.serving.swap;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * How often a run could not be had, when it is tried again, and which runs are tried no more. A run
 * that is damaged stays so: it is read again a minute later at the earliest, since somebody may
 * have restored its files. One that could not be read may be readable the next time. Runs given up
 * are remembered until one answers. Thread-confined.
 */
final class Attempts {
  private static final long SOON_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long LATER_NANOS = Duration.ofMinutes(1).toNanos();

  /** So often a run is read that there is a substitute for. */
  private static final int MOST = 3;

  private final Set<String> givenUp = new HashSet<>();
  private String paused = "";
  private int failures;
  private boolean damaged;
  private long untilNanos;

  /** Ids of runs that cannot be had. */
  Set<String> givenUp() {
    return Set.copyOf(givenUp);
  }

  /**
   * Whether the run is not to be tried now; given up, if there is something else to try by now.
   *
   * @param spare whether there is
   */
  boolean pauses(String run, boolean spare) {
    if (!paused.equals(run)) {
      return false;
    }
    return (spare && hopeless() && giveUp(run, true)) || System.nanoTime() - untilNanos < 0;
  }

  private boolean hopeless() {
    return damaged || failures >= MOST;
  }

  /**
   * Notes that the run could not be read.
   *
   * @param spare whether there is something else to try
   * @return whether the run is given up
   */
  boolean failed(String run, RuntimeException why, boolean spare) {
    failures = paused.equals(run) ? failures + 1 : 1;
    paused = run;
    damaged = why instanceof MillraceException known && known.code() == ErrorCode.RUN_DAMAGED;
    untilNanos = System.nanoTime() + (damaged ? LATER_NANOS : SOON_NANOS);
    return hopeless() && giveUp(run, spare);
  }

  /** As {@link #failed}, of a run whose rows are here and that is of no use. */
  boolean giveUp(String run, boolean spare) {
    if (spare) {
      return givenUp.add(run);
    }
    // The last one: what was given up before it may be better now.
    givenUp.clear();
    return false;
  }

  /** A run answers. */
  void answered() {
    givenUp.clear();
    paused = "";
  }
}

package io.millrace.serving.swap;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * How often a run could not be had, when it is tried again, and which runs are tried no more. A run
 * that is damaged stays so: it is read again a minute later at the earliest, since somebody may
 * have restored its files. One that could not be read may be readable the next time. Runs given up
 * are remembered until one answers. Each run has a pause of its own, or two that cannot be had
 * would be read by turns without end. Thread-confined.
 */
final class Attempts {
  private static final long SOON_NANOS = Duration.ofSeconds(5).toNanos();
  private static final long LATER_NANOS = Duration.ofMinutes(1).toNanos();

  /** So often a run is read that there is a substitute for. */
  private static final int MOST = 3;

  /** So many runs are remembered; an outage may outlast any number of them. */
  private static final int MOST_RUNS = 64;

  /**
   * @param damaged whether the last time its rows were not those that it wrote
   * @param untilNanos when it may be tried again
   */
  private record Failed(int times, boolean damaged, long untilNanos) {
    boolean hopeless() {
      return damaged || times >= MOST;
    }
  }

  private final Set<String> givenUp = new HashSet<>();

  /** By run id. */
  private final Map<String, Failed> failed =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failed> eldest) {
          return size() > MOST_RUNS;
        }
      };

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
    Failed before = failed.get(run);
    if (before == null) {
      return false;
    }
    return (spare && before.hopeless() && giveUp(run, true))
        || System.nanoTime() - before.untilNanos() < 0;
  }

  /**
   * Notes that the run could not be read.
   *
   * @param spare whether there is something else to try
   * @return whether the run is given up
   */
  boolean failed(String run, RuntimeException why, boolean spare) {
    Failed before = failed.remove(run);
    boolean damaged =
        why instanceof MillraceException known && known.code() == ErrorCode.RUN_DAMAGED;
    Failed now =
        new Failed(
            before == null ? 1 : before.times() + 1,
            damaged,
            System.nanoTime() + (damaged ? LATER_NANOS : SOON_NANOS));
    failed.put(run, now);
    return now.hopeless() && giveUp(run, spare);
  }

  /** The run was read: what failed before counts no more. */
  void loaded(String run) {
    failed.remove(run);
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
    failed.clear();
  }
}

package io.millrace.batch.schedule;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which views run again because a run that was due failed, each after a pause that doubles until
 * one completes. Not thread-safe.
 */
public final class Retries {
  static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  /**
   * @param at when the view is due; {@link Instant#MAX} while it runs
   * @param pause the one before {@code at}
   */
  private record Retry(Instant at, Duration pause) {}

  private final Clock clock;
  private final Map<String, Retry> waiting = new HashMap<>();

  public Retries(Clock clock) {
    this.clock = clock;
  }

  public void failed(String view) {
    Retry before = waiting.get(view);
    Duration pause = before == null ? FIRST_PAUSE : before.pause().multipliedBy(2);
    if (pause.compareTo(LONGEST_PAUSE) > 0) {
      pause = LONGEST_PAUSE;
    }
    waiting.put(view, new Retry(clock.instant().plus(pause), pause));
  }

  public void completed(String view) {
    waiting.remove(view);
  }

  /**
   * Takes the views whose pause is over.
   *
   * @param views all that there are; others are forgotten
   */
  public List<String> due(Collection<String> views) {
    waiting.keySet().retainAll(views);
    Instant now = clock.instant();
    List<String> due = new ArrayList<>();
    waiting.replaceAll(
        (view, retry) -> {
          if (now.isBefore(retry.at())) {
            return retry;
          }
          due.add(view);
          return new Retry(Instant.MAX, retry.pause());
        });
    return due;
  }
}

package io.millrace.batch.schedule;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests that the next run of each view answers. Bounded by what the request topic keeps.
 * Thread-safe.
 */
public final class Requests {
  private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

  private final Map<String, Set<String>> ids = new HashMap<>();

  /** Keeps a request; before its view is queued. */
  public synchronized void add(String view, String id) {
    ids.computeIfAbsent(view, name -> new HashSet<>()).add(id);
  }

  /** Those that a run which begins now answers; they are kept no more. */
  public synchronized Set<String> take(String view) {
    Set<String> taken = ids.remove(view);
    return taken == null ? Set.of() : taken;
  }

  /**
   * Says of each that it needs no more run.
   *
   * @param answered may throw: the request is then taken again by the next driver that starts
   */
  public static void answer(Set<String> taken, Consumer<String> answered) {
    try {
      taken.forEach(answered);
    } catch (RuntimeException e) {
      LOG.warn(
          "cannot say that requests {} are answered: {}; a driver that starts within the hour runs"
              + " their view once more",
          taken,
          e.getMessage());
    }
  }
}

package io.millrace.speed.task;

import io.millrace.control.log.HeardStatus;
import io.millrace.control.log.ReplicaStandings;
import io.millrace.control.model.Position;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The boundaries that serving replicas stand on, by view id. A replica counts while it is heard of:
 * one that has been silent for {@link #SILENT} is dead, and finds its way by the newest runs when
 * it comes back. Immutable.
 *
 * @param known whether the replicas have been asked: before, any boundary may be stood on
 * @param boundaries by view id
 */
public record Standings(boolean known, Map<String, Set<Position>> boundaries) {
  private static final Logger LOG = LoggerFactory.getLogger(Standings.class);

  static final Duration SILENT = Duration.ofMinutes(1);

  /** No replica stands on anything. */
  public static final Standings NONE = new Standings(true, Map.of());

  /** It is not known yet what there is. */
  public static final Standings UNKNOWN = new Standings(false, Map.of());

  public Standings {
    boundaries = Map.copyOf(boundaries);
  }

  /**
   * @param heard as {@link io.millrace.control.log.ControlLog#heard}
   */
  public static Standings of(Optional<List<HeardStatus>> heard) {
    if (heard.isEmpty()) {
      return UNKNOWN;
    }
    Map<String, Set<Position>> all = new HashMap<>();
    for (HeardStatus said : heard.get()) {
      if (said.status().layer().equals("serving") && said.silence().compareTo(SILENT) <= 0) {
        boundaries(said)
            .forEach((id, on) -> all.computeIfAbsent(id, any -> new HashSet<>()).addAll(on));
      }
    }
    return new Standings(true, all);
  }

  private static Map<String, Set<Position>> boundaries(HeardStatus said) {
    try {
      return ReplicaStandings.of(said.status());
    } catch (IllegalArgumentException e) {
      LOG.warn("Skipped what replica {} stands on: {}", said.status().instance(), e.getMessage());
      return Map.of();
    }
  }

  Set<Position> of(String viewId) {
    return boundaries.getOrDefault(viewId, Set.of());
  }
}

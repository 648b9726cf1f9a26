package io.millrace.control.log;

import io.millrace.control.model.Position;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a serving replica stands on: the run that each view version is answered from, and the one
 * that is to take its place. In a status these are two details, {@code standing.<view id>} with the
 * boundaries as texts, which live state keeps, and {@code holds.<view id>} with the ids of the
 * runs, which the batch layer keeps ({@code docs/spec/control-topic.md}). Stateless.
 */
public final class ReplicaStandings {
  private static final String PREFIX = "standing.";
  private static final String HOLDS = "holds.";

  private ReplicaStandings() {}

  /** Adds what a view version stands on to what a replica says; nothing if it stands on nothing. */
  public static void say(
      String viewId, Collection<Position> boundaries, Map<String, String> details) {
    if (!boundaries.isEmpty()) {
      details.put(
          PREFIX + viewId,
          String.join(" ", boundaries.stream().distinct().map(Position::toString).toList()));
    }
  }

  /** Adds the ids of the runs that must stay for a view version; nothing if there are none. */
  public static void sayRuns(String viewId, Collection<String> ids, Map<String, String> details) {
    if (!ids.isEmpty()) {
      details.put(HOLDS + viewId, String.join(" ", ids));
    }
  }

  /** The ids of the runs of a view version that the replica answers from or is loading. */
  public static Set<String> runs(LayerStatus status, String viewId) {
    String ids = status.details().getOrDefault(HOLDS + viewId, "");
    return ids.isEmpty() ? Set.of() : Set.of(ids.split(" "));
  }

  /**
   * The boundaries by view id.
   *
   * @throws IllegalArgumentException if one of them is no position
   */
  public static Map<String, Set<Position>> of(LayerStatus status) {
    Map<String, Set<Position>> standings = new HashMap<>();
    status
        .details()
        .forEach(
            (name, text) -> {
              if (name.startsWith(PREFIX)) {
                Set<Position> boundaries = new LinkedHashSet<>();
                Arrays.stream(text.split(" ", -1)).map(Position::parse).forEach(boundaries::add);
                standings.put(name.substring(PREFIX.length()), boundaries);
              }
            });
    return standings;
  }
}

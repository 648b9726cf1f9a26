package io.millrace.control.log;

import io.millrace.control.model.Position;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which boundaries a serving replica stands on: of the run that each view version is answered from,
 * and of the one that is to take its place. In a status each is one detail, {@code standing.<view
 * id>}, with the boundaries as texts ({@code docs/spec/control-topic.md}). Stateless.
 */
public final class ReplicaStandings {
  private static final String PREFIX = "standing.";

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

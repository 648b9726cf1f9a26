package io.millrace.speed.view;

import java.util.Set;

/**
 * What the runs of a view ask of its segments on one partition.
 *
 * @param kept boundaries whose cuts stay: of the newest completed run, the one before it, and every
 *     started one
 * @param forgetBelow segments that end at or below it are forgotten: the boundary of the completed
 *     run before the newest; −1 if there is none
 */
public record RunBoundaries(Set<Long> kept, long forgetBelow) {
  static final RunBoundaries NONE = new RunBoundaries(Set.of(), -1);

  public RunBoundaries {
    kept = Set.copyOf(kept);
  }
}

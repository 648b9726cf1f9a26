package io.millrace.speed.view;

import java.util.Set;

/**
 * What the runs of a view ask of its segments on one partition.
 *
 * @param kept boundaries whose cuts stay
 * @param forgetBelow segments that end at or below it are forgotten: the boundary of the run before
 *     the newest that answers may stand on; −1 if there is none
 */
public record RunBoundaries(Set<Long> kept, long forgetBelow) {
  static final RunBoundaries NONE = new RunBoundaries(Set.of(), -1);

  public RunBoundaries {
    kept = Set.copyOf(kept);
  }
}

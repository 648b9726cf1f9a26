package io.millrace.batch.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.batch.Orders;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import io.millrace.control.model.ViewDefinition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class BoundariesTest {
  private static final ViewDefinition VIEW = Orders.view(Orders.source("t"));

  @Test
  void shouldTakeTheLakesEndWithoutLiveState() {
    Position end = Position.parse("0:7,1:9");
    assertThat(Boundaries.choose(VIEW, Map.of(), 2, end, Optional.empty())).isEqualTo(end);
  }

  @Test
  void shouldTakeTheNewestCutThatTheLakeCoversPerPartition() {
    Map<Integer, Progress> progress =
        Map.of(0, progress(0, List.of(0L, 5L, 10L), 12), 1, progress(2, List.of(2L, 20L), 30));
    assertThat(Boundaries.choose(VIEW, progress, 2, Position.parse("0:10,1:19"), Optional.empty()))
        .isEqualTo(Position.parse("0:10,1:2"));
  }

  @Test
  void shouldNotGoBehindTheRunBefore() {
    // The speed layer was set back: its newest cut is older than the last run's boundary.
    Map<Integer, Progress> progress = Map.of(0, progress(0, List.of(0L, 5L), 8));
    Position previous = Position.parse("0:9");
    Position chosen =
        Boundaries.choose(VIEW, progress, 1, Position.parse("0:20"), Optional.of(previous));
    assertThat(chosen).isEqualTo(previous);
    assertThat(Boundaries.merges(chosen, progress)).isTrue();
  }

  @Test
  void shouldRefuseABoundaryBelowTheBirth() {
    Map<Integer, Progress> progress = Map.of(0, progress(50, List.of(50L), 60));
    assertThatThrownBy(
            () -> Boundaries.choose(VIEW, progress, 1, Position.parse("0:40"), Optional.empty()))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot choose a boundary for a run of by_category: found the lake at offset 40 of"
                + " partition 0, expected it at or past the first cut 50; see that the speed layer"
                + " runs, then run again")
        .extracting(e -> ((MillraceException) e).code())
        .isEqualTo(ErrorCode.VIEW_NOT_READY);
  }

  @Test
  void shouldRefuseALakeThatWasSetBackBehindTheRunBefore() {
    Optional<Position> previous = Optional.of(Position.parse("0:9,1:4"));
    Position lakeEnd = Position.parse("0:7,1:20");
    Map<Integer, Progress> progress =
        Map.of(0, progress(0, List.of(0L, 9L), 12), 1, progress(0, List.of(0L, 4L), 30));
    for (Map<Integer, Progress> live : List.of(Map.<Integer, Progress>of(), progress)) {
      assertThatThrownBy(() -> Boundaries.choose(VIEW, live, 2, lakeEnd, previous))
          .isInstanceOf(MillraceException.class)
          .hasMessage(
              "cannot choose a boundary for a run of by_category: found the lake at 0:7,1:20,"
                  + " expected it to cover 0:9,1:4, where the run before ended; archive the source,"
                  + " then run again")
          .extracting(e -> ((MillraceException) e).code())
          .isEqualTo(ErrorCode.VIEW_NOT_READY);
    }
  }

  @Test
  void shouldSayWhichBoundariesMerge() {
    Map<Integer, Progress> progress = Map.of(0, progress(3, List.of(3L, 8L), 12));
    assertThat(Boundaries.merges(Position.parse("0:3"), progress)).isTrue();
    assertThat(Boundaries.merges(Position.parse("0:8"), progress)).isTrue();
    assertThat(Boundaries.merges(Position.parse("0:12"), progress)).isTrue();
    assertThat(Boundaries.merges(Position.parse("0:99"), progress)).isTrue();
    assertThat(Boundaries.merges(Position.parse("0:9"), progress)).isFalse();
    assertThat(Boundaries.merges(Position.parse("0:2"), progress)).isFalse();
    assertThat(Boundaries.merges(Position.empty(), progress)).isFalse();
  }

  @Test
  void shouldMergeWhateverItChooses() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      Map<Integer, Progress> progress = new TreeMap<>();
      Map<Integer, Long> end = new TreeMap<>();
      Map<Integer, Long> before = new TreeMap<>();
      for (int partition = 0; partition < 3; partition++) {
        TreeSet<Long> cuts = new TreeSet<>();
        for (int i = 0; i <= random.nextInt(5); i++) {
          cuts.add((long) random.nextInt(40));
        }
        long position = cuts.last() + random.nextInt(10);
        progress.put(partition, progress(cuts.first(), List.copyOf(cuts), position));
        end.put(partition, cuts.first() + random.nextInt(50));
        // The speed layer keeps the cut of the run before.
        List<Long> reached = cuts.stream().filter(c -> c <= end.get(progress.size() - 1)).toList();
        before.put(partition, reached.get(random.nextInt(reached.size())));
      }
      Position lakeEnd = Position.of(end);
      Position previous = Position.of(before);
      Position chosen = Boundaries.choose(VIEW, progress, 3, lakeEnd, Optional.of(previous));
      assertThat(Boundaries.merges(chosen, progress)).as("seed %d", seed).isTrue();
      assertThat(lakeEnd.covers(chosen)).as("seed %d", seed).isTrue();
      assertThat(chosen.covers(previous)).as("seed %d", seed).isTrue();
    }
  }

  static Progress progress(long birth, List<Long> cuts, long position) {
    return new Progress(birth, cuts, position, 0, 0, 0, -1, "test");
  }
}

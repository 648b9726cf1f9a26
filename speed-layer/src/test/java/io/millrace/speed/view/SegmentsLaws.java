package io.millrace.speed.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class SegmentsLaws {
  private static final long KEEP_ALL_MS = 60_000;

  @RepeatedTest(20)
  void shouldNeverHaveAGapOrAnOverlap() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    long now = 0;
    long position = random.nextInt(100);
    Segments segments = Segments.bornAt(position, now);
    long first = position;
    Set<Long> kept = new HashSet<>();
    for (int step = 0; step < 2_000; step++) {
      now += random.nextInt(30_000);
      position += random.nextInt(50);
      switch (random.nextInt(4)) {
        case 0, 1 -> segments.cut(position, now);
        case 2 -> {
          OptionalInt surplus = segments.surplus(kept, now, KEEP_ALL_MS);
          if (surplus.isPresent()) {
            long dropped = segments.get(surplus.getAsInt()).start();
            assertThat(kept).as("seed %d", seed).doesNotContain(dropped);
            segments.mergeIntoPrevious(surplus.getAsInt());
            assertThat(segments.cuts()).as("seed %d", seed).doesNotContain(dropped);
          }
        }
        default -> {
          long boundary = segments.cuts().get(random.nextInt(segments.size()));
          kept.add(boundary);
          if (random.nextInt(50) == 0 && segments.forgettable(boundary)) {
            first = segments.get(1).start();
            segments.forgetOldest();
            kept.clear();
          }
        }
      }
      List<Long> cuts = segments.cuts();
      assertThat(cuts.get(0)).as("seed %d", seed).isEqualTo(first);
      assertThat(cuts).as("seed %d", seed).isSorted().doesNotHaveDuplicates();
      assertThat(segments.open()).isLessThanOrEqualTo(position);
      Segments restored = Segments.of(segments.birth(), segments.list());
      assertThat(restored.list()).as("seed %d", seed).isEqualTo(segments.list());
    }
  }

  @Test
  void shouldKeepAsManyCutsAsTheLogarithmOfAnOutage() {
    Segments segments = Segments.bornAt(0, 0);
    long day = 86_400_000;
    int most = 0;
    for (long now = 10_000; now <= day; now += 10_000) {
      segments.cut(now, now);
      for (OptionalInt surplus = segments.surplus(Set.of(), now, KEEP_ALL_MS);
          surplus.isPresent();
          surplus = segments.surplus(Set.of(), now, KEEP_ALL_MS)) {
        segments.mergeIntoPrevious(surplus.getAsInt());
      }
      most = Math.max(most, segments.size());
    }
    // 6 recent ones, one per doubling of a minute in a day, the first and the newest.
    assertThat(most).isLessThanOrEqualTo(6 + 11 + 2);
    assertThat(segments.get(segments.size() - 6).start()).isEqualTo(day - 50_000);
  }

  @Test
  void shouldCountWhatBothHadUntilTheyAreMerged() {
    Segments segments = Segments.bornAt(0, 0);
    segments.grow(10, 500);
    segments.cut(10, 1);
    segments.grow(7, 300);
    segments.cut(20, 2);
    assertThat(segments.surplus(Set.of(), 2 * KEEP_ALL_MS + 1_000, KEEP_ALL_MS)).hasValue(1);
    segments.mergeIntoPrevious(1);
    assertThat(segments.cuts()).containsExactly(0L, 20L);
    assertThat(segments.groups()).isEqualTo(17);
    assertThat(segments.covering(10)).isZero();
    assertThat(segments.endOf(0)).isEqualTo(20);
    segments.shrink(0, 3, 100);
    assertThat(segments.groups()).isEqualTo(14);
    assertThat(segments.bytes()).isEqualTo(700);
  }

  @Test
  void shouldForgetOnlyWhatEndsAtOrBelowTheBoundary() {
    Segments segments = Segments.bornAt(10, 0);
    segments.cut(20, 1);
    segments.cut(30, 2);
    assertThat(segments.forgettable(19)).isFalse();
    assertThat(segments.forgettable(20)).isTrue();
    segments.forgetOldest();
    assertThat(segments.cuts()).containsExactly(20L, 30L);
    assertThat(segments.birth()).isEqualTo(10);
    segments.forgetOldest();
    assertThat(segments.forgettable(1_000)).as("the open one").isFalse();
  }

  @Test
  void shouldRefuseSegmentsThatOverlap() {
    Segments segments = Segments.bornAt(10, 0);
    segments.cut(20, 1);
    assertThatThrownBy(() -> segments.cut(15, 2))
        .hasMessage("cannot cut at 15: the open segment starts at 20");
    assertThat(segments.cut(20, 2)).isFalse();
    assertThatThrownBy(
            () ->
                Segments.of(
                    10,
                    List.of(new Segments.Segment(20, 0, 0, 0), new Segments.Segment(20, 0, 0, 0))))
        .hasMessage("cannot restore segments: found one that starts at 20, expected it above 20");
  }
}

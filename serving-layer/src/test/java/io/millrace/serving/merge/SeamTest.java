package io.millrace.serving.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.Progress;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SeamTest {
  private static final Position BOUNDARY = Position.parse("0:100");

  @Test
  void shouldAddTheSegmentsFromACutAtTheBoundary() {
    Seam seam = Seam.fit("run r", BOUNDARY, Map.of(0, progress(0, 150, 0, 50, 100, 120)));

    assertThat(seam.includes(0, 50)).isFalse();
    assertThat(seam.includes(0, 100)).isTrue();
    assertThat(seam.includes(0, 120)).isTrue();
    assertThat(seam.includes(1, 120)).isFalse();
    assertThat(seam.live()).isEqualTo(Position.parse("0:150"));
  }

  @Test
  void shouldAddNothingWhereTheRunIsAtOrPastLiveState() {
    Seam at = Seam.fit("run r", BOUNDARY, Map.of(0, progress(0, 100, 0, 50)));
    Seam past = Seam.fit("run r", BOUNDARY, Map.of(0, progress(0, 99, 0, 50)));

    assertThat(at.includes(0, 50)).isFalse();
    assertThat(past.includes(0, 50)).isFalse();
    assertThat(past.live()).isEqualTo(BOUNDARY);
  }

  @Test
  void shouldAddAllOfAPartitionTheRunKnowsNothingOf() {
    Seam seam = Seam.fit("run r", BOUNDARY, Map.of(3, progress(0, 7, 0)));

    assertThat(seam.includes(3, 0)).isTrue();
    assertThat(seam.live()).isEqualTo(Position.parse("0:100,3:7"));
  }

  @Test
  void shouldRefuseABoundaryBetweenCuts() {
    assertThatThrownBy(
            () -> Seam.fit("run r of view v", BOUNDARY, Map.of(0, progress(0, 150, 0, 90, 110))))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SEGMENT_GAP))
        .hasMessage(
            "cannot merge run r of view v with its live state: found boundary 100 on partition 0,"
                + " expected one of the cuts [0, 90, 110] or at least 150; wait for the next run,"
                + " or run `millrace recompute`");
  }

  @Test
  void shouldSayThatABoundaryIsBeforeTheBirth() {
    assertThatThrownBy(
            () -> Seam.fit("run r of view v", BOUNDARY, Map.of(0, progress(120, 150, 120))))
        .hasMessage(
            "cannot merge run r of view v with its live state: found boundary 100 on partition 0,"
                + " expected one of the cuts [120] or at least 150; live state starts at offset"
                + " 120; wait for a run whose boundary is at or past it");
  }

  private static Progress progress(long birth, long position, long... cuts) {
    return new Progress(
        birth, java.util.Arrays.stream(cuts).boxed().toList(), position, 0, 0, 0, -1, "test");
  }
}

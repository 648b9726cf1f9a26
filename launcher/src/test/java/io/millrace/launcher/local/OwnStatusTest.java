package io.millrace.launcher.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.log.LayerStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OwnStatusTest {
  private static final Instant BEGAN = Instant.parse("2026-01-01T12:00:00Z");

  @Test
  void shouldTakeNoOthersStatusForAProcesssOwn() {
    LayerStatus elsewhere = status("speed", "there:7", BEGAN.plusSeconds(1));
    LayerStatus earlier = status("speed", "here:7", BEGAN.minusSeconds(60));
    LayerStatus batch = status("batch", "here:7", BEGAN.plusSeconds(1));
    LayerStatus longer = status("speed", "and-here:7", BEGAN.plusSeconds(1));

    assertThat(find(elsewhere, earlier, batch, longer)).isEmpty();
  }

  @Test
  void shouldFindItsOwn() {
    LayerStatus own = status("speed", "here:7", BEGAN.plusSeconds(3));

    assertThat(find(status("speed", "there:7", BEGAN.plusSeconds(4)), own)).contains(own);
    assertThat(OwnStatus.find(List.of(own), "speed", "here:7", Optional.empty())).contains(own);
  }

  private static Optional<LayerStatus> find(LayerStatus... statuses) {
    return OwnStatus.find(List.of(statuses), "speed", "here:7", Optional.of(BEGAN));
  }

  private static LayerStatus status(String layer, String instance, Instant at) {
    return new LayerStatus(layer, instance, "running", at, at, Map.of());
  }
}

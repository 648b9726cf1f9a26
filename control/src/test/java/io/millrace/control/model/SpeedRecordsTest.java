package io.millrace.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpeedRecordsTest {
  @Test
  void shouldReadBackWhatItWrites() {
    Progress progress = new Progress(3, List.of(5L, 9L), 12, 1, 2, 1_700_000_000_000L, -1, "h:1");
    byte[] bytes = SpeedRecords.encode(progress);
    assertThat(bytes).startsWith(0xC3, 0x01);
    assertThat(SpeedRecords.decode(bytes)).isEqualTo(progress);
  }

  @Test
  void shouldRefuseOtherBytes() {
    assertThatThrownBy(() -> SpeedRecords.decode(new byte[] {1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("cannot read a Progress: found 1 bytes that are not one");
  }
}

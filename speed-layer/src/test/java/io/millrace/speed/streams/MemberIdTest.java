package io.millrace.speed.streams;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemberIdTest {
  @TempDir Path dir;

  @Test
  void shouldNameADirectoryOnceAndForAll() {
    String id = MemberId.of(dir.resolve("speed"));
    assertThat(id).hasSize(8);
    assertThat(MemberId.of(dir.resolve("speed"))).isEqualTo(id);
    assertThat(MemberId.of(dir.resolve("other"))).isNotEqualTo(id);
  }

  /** As a full disk leaves it, or a process that ended as it wrote. */
  @Test
  void shouldGiveADirectoryAnIdWhereTheFileHasNone() throws Exception {
    Files.writeString(dir.resolve("member-id"), "");
    String id = MemberId.of(dir);
    assertThat(id).hasSize(8);
    assertThat(MemberId.of(dir)).isEqualTo(id);
  }
}

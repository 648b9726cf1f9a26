package io.millrace.system.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChromiumConditionTest {
  @TempDir private Path dir;

  @Test
  void shouldRunWhereAChromiumIsOnThePath() throws Exception {
    Path program = Files.writeString(dir.resolve("chromium"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Chromium found = Chromium.find("/nowhere::" + dir);

    assertThat(found.program()).contains(program);
    assertThat(ChromiumCondition.decide(found, "").isDisabled()).isFalse();
  }

  @Test
  void shouldLeaveOutOrFailWhereNoneIs() {
    Chromium none = Chromium.find(dir.toString());

    assertThat(ChromiumCondition.decide(none, "").isDisabled()).isTrue();
    assertThatThrownBy(() -> ChromiumCondition.decide(none, "required"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("found no Chromium (none of chromium, chromium-browser")
        .hasMessageContaining("on the path " + dir);
  }
}

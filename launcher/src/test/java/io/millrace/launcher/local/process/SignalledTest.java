package io.millrace.launcher.local.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testkit.Eventually;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class SignalledTest {
  @Test
  void shouldTellAStoppedProcess() throws Exception {
    Process process = new ProcessBuilder("sleep", "600").start();
    try {
      assertThat(Signalled.stopped(process.pid())).isFalse();
      signal("-STOP", process);
      Eventually.await(
          "it to be stopped", Duration.ofSeconds(30), () -> Signalled.stopped(process.pid()));
      signal("-CONT", process);
      Eventually.await(
          "it to go on", Duration.ofSeconds(30), () -> !Signalled.stopped(process.pid()));
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(Signalled.stopped(process.pid())).isFalse();
  }

  private static void signal(String signal, Process process) throws Exception {
    assertThat(new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor())
        .isZero();
  }
}

package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the {@code millrace} script does before the launcher runs. */
class MillraceScriptIT {
  @TempDir private Path dir;

  @Test
  void shouldHandJavaOptionsToTheJvm() throws Exception {
    Installation.Ran ran =
        run(Map.of("MILLRACE_JAVA_OPTS", "-showversion -Dmillrace.any=1"), "views", "--help");

    assertThat(ran.exit()).as(ran.output()).isZero();
    assertThat(ran.output()).contains("Runtime Environment", "Usage: millrace views");
  }

  @Test
  void shouldSayThatJavaHomeHasNoJava() throws Exception {
    Installation.Ran ran = run(Map.of("JAVA_HOME", dir.toString()), "views");

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.output())
        .contains("cannot start: found no java in JAVA_HOME=" + dir)
        .contains("set JAVA_HOME to a JDK 17 or 21");
  }

  @Test
  void shouldSayWhichJavaItNeeds() throws Exception {
    Path java = Files.createDirectories(dir.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"25.0.1\" 2025-10-21' >&2\n");
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));

    Installation.Ran ran = run(Map.of("JAVA_HOME", dir.toString()), "views");

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.output())
        .contains("cannot start: found Java 25 (" + java + "), expected 17 or 21")
        .contains("JAVA_HOME");
  }

  private Installation.Ran run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile(dir, "run-", ".log");
    ProcessBuilder builder = new ProcessBuilder(Installation.home().resolve("millrace").toString());
    builder.command().addAll(List.of(arguments));
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new Installation.Ran(process.exitValue(), Files.readString(log));
  }
}

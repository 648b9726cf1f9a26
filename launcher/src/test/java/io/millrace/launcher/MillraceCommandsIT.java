package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command says when it cannot do what it is asked, in a process of its own. */
final class MillraceCommandsIT {
  @TempDir private Path dir;

  /**
   * @param text both outputs
   */
  private record Ended(int code, String text) {}

  @Test
  void shouldNameThePortThatIsInUseAndHowToChangeIt() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      int port = taken.getLocalPort();

      Ended ended =
          millrace(
              "up",
              "--set",
              "data.dir=" + dir,
              "--set",
              "kafka.port=0",
              "--set",
              "serving.port=" + port);

      assertThat(ended.text())
          .contains("PORT_IN_USE: cannot listen on 127.0.0.1:" + port + ": found it not free")
          .contains("or set serving.port to another port (--set serving.port=0 takes any free one)")
          .doesNotContain("\tat ");
      assertThat(ended.code()).isEqualTo(1);

      Ended broker = millrace("up", "--set", "data.dir=" + dir, "--set", "kafka.port=" + port);

      assertThat(broker.text())
          .contains("PORT_IN_USE: cannot listen on 127.0.0.1:" + port)
          .contains("set kafka.port to another port");
      assertThat(broker.code()).isEqualTo(1);
    }
  }

  @Test
  void shouldNameTheDataDirectoryThatCannotBeWritten() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "no directory");

    Ended ended = millrace("up", "--set", "data.dir=" + file.resolve("data"));

    assertThat(ended.text())
        .contains("DATA_DIR_NOT_WRITABLE: cannot use the data directory " + file.resolve("data"))
        .contains("found that it cannot be written")
        .contains("change its rights or set data.dir")
        .doesNotContain("\tat ");
    assertThat(ended.code()).isEqualTo(1);
  }

  @Test
  void shouldSayThatNoBrokerAnswers() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = free.getLocalPort();
    }

    Ended ended =
        millrace(
            "runs",
            "--set",
            "data.dir=" + dir,
            "--set",
            "kafka.bootstrap.servers=127.0.0.1:" + port,
            "--set",
            "kafka.connect.timeout=2s");

    assertThat(ended.text())
        .contains("BROKER_UNREACHABLE: ")
        .contains("127.0.0.1:" + port)
        .doesNotContain("\tat ");
    assertThat(ended.code()).isEqualTo(1);
  }

  @Test
  void shouldSayHowToStartWhatIsNotRunning() throws Exception {
    Ended ended = millrace("status", "--set", "data.dir=" + dir);

    assertThat(ended.text())
        .contains("BROKER_UNREACHABLE: cannot reach Millrace: found nothing running on the data")
        .contains("start it by 'millrace up'");
    assertThat(ended.code()).isEqualTo(1);
  }

  @Test
  void shouldRefuseAnUnknownSettingWithTheNearestOne() throws Exception {
    Ended ended = millrace("up", "--set", "serving.prt=1", "--set", "data.dir=" + dir);

    assertThat(ended.text())
        .contains("CONFIG_INVALID: ")
        .contains("serving.prt")
        .contains("serving.port");
    assertThat(ended.code()).isEqualTo(1);
  }

  @Test
  void shouldRefuseASecretOnTheCommandLine() throws Exception {
    Ended ended = millrace("runs", "--set", "kafka.properties.sasl.jaas.config=hunter2");

    assertThat(ended.text())
        .contains("CONFIG_INVALID: cannot use --set kafka.properties.sasl.jaas.config: found a")
        .contains("expected ${file:PATH} or ${env:NAME}")
        .doesNotContain("hunter2", "\tat ");
    assertThat(ended.code()).isEqualTo(1);
  }

  @Test
  void shouldEndWithTwoOnMisuse() throws Exception {
    Ended ended = millrace("query");

    assertThat(ended.text()).contains("Missing required parameter: 'VIEW'");
    assertThat(ended.code()).isEqualTo(2);
    assertThat(millrace("demmo").code()).isEqualTo(2);
  }

  @Test
  void shouldShowHelpForItselfAndForEveryCommand() throws Exception {
    assertThat(millrace().text()).contains("Start here:").contains("millrace demo --for 90s");
    for (String command :
        List.of(
            "demo",
            "up",
            "apply",
            "views",
            "query",
            "runs",
            "rollback",
            "rebuild",
            "recompute",
            "produce",
            "status",
            "verify",
            "drop",
            "down")) {
      Ended ended = inProcess(command, "--help");
      assertThat(ended.text()).contains("Usage: millrace " + command).contains("--config");
      assertThat(ended.code()).isEqualTo(0);
    }
  }

  @Test
  void shouldCheckAFolderWithoutASystem() throws Exception {
    Path shop = Path.of("../examples/shop").toAbsolutePath();

    Ended good = millrace("apply", shop.toString(), "--check");

    assertThat(good.text())
        .containsPattern("source +orders +valid")
        .containsPattern("view +sales_by_hour +valid");
    assertThat(good.code()).isEqualTo(0);

    Path bad = Files.createDirectories(dir.resolve("bad"));
    Files.writeString(
        bad.resolve("app.sql"),
        """
        CREATE TABLE t USING kafka OPTIONS (topic 't', schema 'missing.avsc');
        CREATE VIEW v AS SELECT count(*) AS n FROM nowhere;
        """);

    Ended refused = millrace("apply", bad.toString(), "--check");

    assertThat(refused.text())
        .contains("app.sql:1:")
        .contains("missing.avsc")
        .contains("app.sql:2:")
        .contains("nowhere")
        .doesNotContain("\tat ");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(millrace("apply", shop.toString(), "--check", "--prune").code()).isEqualTo(2);
  }

  private static Ended inProcess(String... arguments) {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    java.io.PrintStream out = System.out;
    System.setOut(new java.io.PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      return new Ended(Millrace.run(arguments), bytes.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
    }
  }

  private Ended millrace(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Dlog4j2.configurationFile=io/millrace/launcher/log4j2-console.xml");
    command.add(Millrace.class.getName());
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(dir, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
    builder.directory(dir.toFile());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("ended in time").isTrue();
      return new Ended(process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
    }
  }
}

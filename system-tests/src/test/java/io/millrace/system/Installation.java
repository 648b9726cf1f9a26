package io.millrace.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.testkit.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A whole Millrace as a user runs it: the {@code millrace} script of this checkout, on a data
 * directory and ports of its own. Closing it stops every process it started.
 */
public final class Installation implements AutoCloseable {
  /** What a command printed and how it ended. */
  public record Ran(int exit, String output) {}

  /** For JVMs in containers; others have it from the build. */
  public static final String NOT_OPTIMISED =
      "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m";

  private final Path home;
  private final Path directory;
  private final Path config;
  private final int kafkaPort;
  private final Process up;
  private final Http http;

  private Installation(
      Path home, Path directory, Path config, int kafkaPort, int servingPort, Process up) {
    this.home = home;
    this.directory = directory;
    this.config = config;
    this.kafkaPort = kafkaPort;
    this.up = up;
    this.http = new Http("http://127.0.0.1:" + servingPort);
  }

  /** The checkout that the tests run in. */
  public static Path home() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.exists(here.resolve("millrace"))) {
      here = here.getParent();
    }
    return here;
  }

  /**
   * @param directory an empty directory for configuration, data and logs
   * @param settings dotted configuration keys
   */
  public static Installation up(Path directory, Map<String, String> settings) throws IOException {
    Files.createDirectories(directory);
    int kafkaPort = Ports.free(1)[0];
    int servingPort = Ports.free(1)[0];
    StringBuilder yaml = new StringBuilder();
    yaml.append("data.dir: ").append(directory.resolve("data")).append('\n');
    yaml.append("kafka.port: ").append(kafkaPort).append('\n');
    yaml.append("serving.port: ").append(servingPort).append('\n');
    settings.forEach((key, value) -> yaml.append(key).append(": \"").append(value).append("\"\n"));
    Path config = Files.writeString(directory.resolve("millrace.yaml"), yaml);
    Path home = home();
    ProcessBuilder builder =
        new ProcessBuilder(home.resolve("millrace").toString(), "up", "--config", config.toString())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("up.log").toFile());
    return new Installation(home, directory, config, kafkaPort, servingPort, builder.start());
  }

  public Http http() {
    return http;
  }

  String bootstrapServers() {
    return "127.0.0.1:" + kafkaPort;
  }

  /** What {@link #up} was given: configuration, data and logs are below it. */
  public Path directory() {
    return directory;
  }

  public boolean alive() {
    return up.isAlive();
  }

  public String upLog() {
    try {
      return Files.readString(directory.resolve("up.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a command of the script beside {@code up}; the caller waits for it. */
  public Process start(Path log, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("millrace").toString());
    command.addAll(List.of(arguments));
    command.add("--config");
    command.add(config.toString());
    return new ProcessBuilder(command)
        .directory(home.toFile())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }

  /** Runs a command of the script to its end. */
  public Ran run(String... arguments) throws IOException, InterruptedException {
    Path log = Files.createTempFile(directory, "run-", ".log");
    Process process = start(log, arguments);
    if (!process.waitFor(10, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError(
          String.join(" ", arguments) + " did not end: " + Files.readString(log));
    }
    return new Ran(process.exitValue(), Files.readString(log, StandardCharsets.UTF_8));
  }

  /** The process of a layer, by the parent-child tree of {@code up}: found by its main class. */
  ProcessHandle layer(String mainClass) {
    return up.toHandle()
        .descendants()
        .filter(p -> p.info().commandLine().orElse("").contains(mainClass))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no process of " + mainClass + " runs:\n" + upLog()));
  }

  JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(up.toHandle().descendants().toList());
    all.add(up.toHandle());
    up.destroy();
    try {
      if (!up.waitFor(20, TimeUnit.SECONDS)) {
        all.forEach(ProcessHandle::destroyForcibly);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
  }
}

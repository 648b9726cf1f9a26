package io.millrace.system.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.system.Installation;
import io.millrace.testkit.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code docker-compose.yml} of this checkout as a project of its own, on free ports. Closing it
 * takes the project down with its volumes, whatever state it is in.
 */
final class Compose implements AutoCloseable {
  private static final int MINUTES = 8;

  /**
   * Variables for images that stand in, as {@code --env-file} takes them; empty: the public ones.
   */
  private static final String IMAGES = System.getProperty("millrace.compose.images", "");

  private final Path home = Installation.home();
  private final Path directory;
  private final String project;
  private final Map<String, String> variables;
  private final int kafkaPort;
  private final int servingPort;
  private final int prometheusPort;
  private int ran;

  private Compose(Path directory, int[] ports, Map<String, String> settings) {
    this.directory = directory;
    this.project = "millrace-test-" + ProcessHandle.current().pid();
    this.kafkaPort = ports[0];
    this.servingPort = ports[1];
    this.variables = new HashMap<>(settings);
    variables.put("KAFKA_PORT", Integer.toString(kafkaPort));
    variables.put("SERVING_PORT", Integer.toString(servingPort));
    variables.put("REGISTRY_PORT", Integer.toString(ports[2]));
    this.prometheusPort = ports[3];
    variables.put("PROMETHEUS_PORT", Integer.toString(prometheusPort));
  }

  /**
   * @param directory for what the commands print
   * @param settings variables of the file
   */
  static Compose in(Path directory, Map<String, String> settings) throws IOException {
    return new Compose(Files.createDirectories(directory), Ports.free(4), settings);
  }

  String bootstrapServers() {
    return "localhost:" + kafkaPort;
  }

  String address() {
    return "http://127.0.0.1:" + servingPort;
  }

  /** Where Prometheus is, once the service has been started. */
  String prometheus() {
    return "http://127.0.0.1:" + prometheusPort;
  }

  /** Runs {@code docker compose …}, which must end well; returns what it printed. */
  String run(String... arguments) throws IOException, InterruptedException {
    Installation.Ran ran = tryRun(arguments);
    if (ran.exit() != 0) {
      throw new AssertionError(
          String.join(" ", arguments)
              + " ended with "
              + ran.exit()
              + ":\n"
              + ran.output()
              + tryRun("ps", "-a").output()
              + tryRun("logs", "--tail", "40").output());
    }
    return ran.output();
  }

  /** {@code millrace …} in a container of its own. */
  String millrace(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("run", "--rm", "-T", "millrace"));
    command.addAll(List.of(arguments));
    return run(command.toArray(String[]::new));
  }

  /** What of this project the engine still has: containers, volumes and networks, by name. */
  List<String> left() throws IOException, InterruptedException {
    List<String> left = new ArrayList<>();
    String label = "label=com.docker.compose.project=" + project;
    for (List<String> list :
        List.of(
            List.of("docker", "ps", "-a", "--filter", label, "--format", "{{.Names}}"),
            List.of("docker", "volume", "ls", "--filter", label, "--format", "{{.Name}}"),
            List.of("docker", "network", "ls", "--filter", label, "--format", "{{.Name}}"))) {
      Installation.Ran ran = tryCommand(list);
      assertThat(ran.exit()).as(ran.output()).isZero();
      ran.output().lines().filter(line -> !line.isBlank()).forEach(left::add);
    }
    return left;
  }

  void down() throws IOException, InterruptedException {
    run("--profile", "*", "down", "--volumes", "--timeout", "15");
  }

  private Installation.Ran tryRun(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker", "compose", "--project-name", project));
    if (!IMAGES.isEmpty()) {
      command.addAll(List.of("--env-file", home.resolve(IMAGES).toString()));
    }
    command.addAll(List.of("--ansi", "never", "--progress", "plain"));
    command.addAll(List.of(arguments));
    return tryCommand(command);
  }

  private Installation.Ran tryCommand(List<String> command)
      throws IOException, InterruptedException {
    Path log = directory.resolve("compose-" + ran++ + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(variables);
    Process process = builder.start();
    if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError(
          String.join(" ", command) + " did not end:\n" + Files.readString(log));
    }
    return new Installation.Ran(process.exitValue(), Files.readString(log));
  }

  @Override
  public void close() {
    try {
      if (!left().isEmpty()) {
        // Not taken down by the test: it failed.
        Files.writeString(
            directory.resolve("containers.log"), tryRun("logs", "--no-color", "-t").output());
        down();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.millrace.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.log.ControlLog;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.RunRecord.Status;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.Ports;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recompute on a Spark standalone cluster: master, worker, executor and driver are processes. */
class SubmitIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @TempDir static Path dir;

  private static final List<Process> PROCESSES = new ArrayList<>();
  private static Installation at;
  private static ControlLog control;
  private static Path sparkHome;
  private static List<Path> jars;
  private static String master;

  @BeforeAll
  static void start() throws IOException {
    at = new Installation(dir);
    control = ControlLog.open(at.config);
    sparkHome = Files.createDirectories(dir.resolve("spark"));
    Path library = Files.createDirectories(sparkHome.resolve("jars"));
    jars = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path path = Path.of(entry);
      if (Files.isDirectory(path)) {
        if (!path.endsWith("test-classes")) {
          jars.add(Jars.pack(path, dir.resolve("app-" + jars.size() + ".jar")));
        }
      } else if (path.getFileName().toString().startsWith("millrace-")) {
        jars.add(path);
      } else if (entry.endsWith(".jar")) {
        // What a Spark distribution has, and beside it what --packages would fetch.
        Files.createSymbolicLink(library.resolve(path.getFileName()), path);
      }
    }
    int[] ports = Ports.free(2);
    master = "spark://127.0.0.1:" + ports[0];
    spark(
        "master",
        List.of(
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            Integer.toString(ports[0]),
            "--webui-port",
            "0"));
    spark(
        "worker",
        List.of(
            "org.apache.spark.deploy.worker.Worker",
            "--host",
            "127.0.0.1",
            "--cores",
            "1",
            "--memory",
            "1g",
            "--webui-port",
            "0",
            "--work-dir",
            dir.resolve("work").toString(),
            master));
    Eventually.await(
        "the worker to register",
        PATIENCE,
        () -> Files.readString(dir.resolve("worker.log")).contains("registered with master"));
  }

  @AfterAll
  static void stop() {
    for (int i = PROCESSES.size() - 1; i >= 0; i--) {
      PROCESSES.get(i).descendants().forEach(ProcessHandle::destroyForcibly);
      PROCESSES.get(i).destroyForcibly().onExit().join();
    }
    control.close();
    at.close();
  }

  @Test
  void shouldRecomputeOnAStandaloneCluster() throws Exception {
    at.broker.createTopic("submitted", 2);
    SourceDefinition source = Orders.source("submitted");
    ViewDefinition view = Orders.view(source);
    control.publish(source);
    control.publish(view);
    at.sendOrders("submitted", 0, 0, 500);
    at.sendOrders("submitted", 1, 500, 800);
    Path config = dir.resolve("millrace.yaml");
    at.config.write(config);
    Files.writeString(
        config,
        """

        lake.properties.s3.secret-access-key: 'hunter2-lake'
        kafka.properties.ssl.truststore.password: 'hunter2-kafka'
        """,
        StandardOpenOption.APPEND);

    Process submit = submit("submit", config, "by_category");

    assertThat(submit.waitFor(240, TimeUnit.SECONDS)).isTrue();
    String said = Files.readString(dir.resolve("submit.log"));
    assertThat(submit.exitValue()).as(said).isZero();
    RunRecord run = control.catchUp(PATIENCE).runs(view.id(), Status.COMPLETED).get(0);
    assertThat(said)
        .contains("by_category: run " + run.runId() + " completed, 5 rows below 0:501,1:301 in ");
    assertThat(run.trigger()).isEqualTo("submit");
    assertThat(at.batchView(view)).isEqualTo(Orders.expected(LongStream.range(0, 800)));
    assertThat(Files.readString(dir.resolve("master.log")))
        .contains("Registered app io.millrace.batch.RecomputeMain with ID");
    // The worker says by which command line it launches an executor.
    assertThat(Files.readString(dir.resolve("worker.log"))).contains("Launch command: ");
    assertThat(logs()).hasSizeGreaterThan(4).noneMatch(text -> text.contains("hunter2"));

    Process wrong = submit("wrong", config, "no_such_view");
    assertThat(wrong.waitFor(240, TimeUnit.SECONDS)).isTrue();
    assertThat(wrong.exitValue()).isEqualTo(1);
    assertThat(Files.readString(dir.resolve("wrong.log")))
        .contains(
            "cannot run no_such_view: found no such view, expected one of [by_category]; apply it"
                + " first");
  }

  /** What broker, master, worker, executor and driver wrote. */
  private static List<String> logs() throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      return files
          .filter(file -> file.toString().endsWith(".log") || file.endsWith("stderr"))
          .map(
              file -> {
                try {
                  // The broker's segments end in .log too: byte by byte, as they are no UTF-8.
                  return Files.readString(file, StandardCharsets.ISO_8859_1);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .toList();
    }
  }

  private static Process submit(String name, Path config, String view) {
    List<String> command = new ArrayList<>();
    command.add("org.apache.spark.deploy.SparkSubmit");
    command.addAll(List.of("--master", master));
    command.addAll(List.of("--class", "io.millrace.batch.RecomputeMain"));
    command.addAll(List.of("--conf", "spark.executor.memory=512m"));
    command.addAll(List.of("--conf", "spark.sql.shuffle.partitions=2"));
    command.addAll(List.of("--conf", "spark.driver.host=127.0.0.1"));
    command.addAll(List.of("--jars", String.join(",", jars.stream().map(Path::toString).toList())));
    command.add(jars.get(0).toString());
    command.addAll(List.of("--config", config.toString(), "--view", view));
    return spark(name, command);
  }

  /** Starts a Java process with Spark's own jars as its class path. */
  private static Process spark(String name, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    for (String opened :
        List.of(
            "java.lang",
            "java.lang.invoke",
            "java.lang.reflect",
            "java.io",
            "java.net",
            "java.nio",
            "java.util",
            "java.util.concurrent",
            "java.util.concurrent.atomic",
            "jdk.internal.ref",
            "sun.nio.ch",
            "sun.nio.cs",
            "sun.security.action",
            "sun.util.calendar")) {
      command.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
    }
    command.add("-Djdk.reflect.useDirectMethodHandle=false");
    command.add("-Duser.timezone=UTC");
    command.addAll(List.of("-cp", sparkHome.resolve("jars") + "/*"));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve(name + ".log").toFile());
    builder.environment().put("SPARK_HOME", sparkHome.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    try {
      Process process = builder.start();
      PROCESSES.add(process);
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name, e);
    }
  }
}

package io.millrace.testkit;

import io.millrace.control.kafka.EmbeddedBrokerProperties;
import io.millrace.control.kafka.ServedTopics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Uuid;

/**
 * A real single-node KRaft broker in a process of its own. It can be stopped, killed and started
 * again on the same port and data; it ends with {@link #close}, and at the latest with this JVM.
 *
 * <p>Its output is in {@code broker.log} below its directory. Not thread-safe.
 */
public final class TestBroker implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(90);
  private static final Duration STOP = Duration.ofSeconds(30);

  private final EmbeddedBrokerProperties properties;
  private Process process;

  private TestBroker(EmbeddedBrokerProperties properties) {
    this.properties = properties;
  }

  /**
   * Starts a broker and returns when it answers.
   *
   * @param dir made if missing, below {@code target/}; a directory used before carries on
   */
  public static TestBroker start(Path dir) {
    return start(dir, Map.of());
  }

  /**
   * As {@link #start(Path)}.
   *
   * @param settings broker settings that replace or join the usual ones
   */
  public static TestBroker start(Path dir, Map<String, String> settings) {
    return start(dir, usual -> settings);
  }

  /**
   * As {@link #start(Path)}.
   *
   * @param settings of the usual ones, those that replace or join them: a broker with further
   *     listeners must name its usual ones too
   */
  public static TestBroker start(
      Path dir, Function<EmbeddedBrokerProperties, Map<String, String>> settings) {
    int[] ports = Ports.free(2);
    TestBroker broker =
        new TestBroker(new EmbeddedBrokerProperties(dir.toAbsolutePath(), ports[0], ports[1]));
    broker.properties.write(settings.apply(broker.properties));
    broker.format();
    broker.launch();
    return broker;
  }

  /** {@code host:port}. */
  public String bootstrapServers() {
    return properties.bootstrapServers();
  }

  /** What a client starts from: {@code bootstrap.servers}, in a map of the caller's own. */
  public Map<String, Object> clientProperties() {
    return new HashMap<>(Map.of("bootstrap.servers", bootstrapServers()));
  }

  /** An admin client, which the caller closes. */
  public Admin admin() {
    return Admin.create(clientProperties());
  }

  /** The broker's process id. */
  public long pid() {
    return process.pid();
  }

  public void createTopic(String name, int partitions) {
    createTopic(name, partitions, Map.of());
  }

  /**
   * Creates a topic and returns when the broker serves it.
   *
   * @param configs topic settings, such as {@code cleanup.policy}
   */
  public void createTopic(String name, int partitions, Map<String, String> configs) {
    try (Admin admin = admin()) {
      NewTopic topic =
          new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(configs);
      await("topic " + name, admin.createTopics(List.of(topic)).all());
      ServedTopics.await(admin, name, partitions, START);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("topic " + name + " is not served", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while creating topic " + name, e);
    }
  }

  /** Ends the broker as SIGTERM does: it flushes and closes its logs. */
  public void stop() {
    end(process.toHandle()::destroy);
  }

  /** Ends the broker as {@code kill -9} does. */
  public void kill() {
    end(process.toHandle()::destroyForcibly);
  }

  /** Starts it again, on the same port and data, stopping it first if it still runs. */
  public void restart() {
    if (process.isAlive()) {
      stop();
    }
    launch();
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
  }

  private void format() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int status =
        StorageTool.execute(
            properties.formatArguments(Uuid.randomUuid().toString()), new PrintStream(said));
    if (status != 0) {
      throw new IllegalStateException(
          "cannot format " + properties.dataDir() + ": " + said.toString(StandardCharsets.UTF_8));
    }
  }

  private void launch() {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx384m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-Duser.timezone=UTC",
            "-Dlog4j2.configurationFile=classpath:io/millrace/testkit/broker-log4j2.properties",
            BrokerProcess.class.getName(),
            Long.toString(ProcessHandle.current().pid()),
            properties.file().toString());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Path log = properties.dataDir().resolve("broker.log");
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start a broker process", e);
    }
    Map<String, Object> impatient = clientProperties();
    impatient.put("reconnect.backoff.ms", 100);
    impatient.put("reconnect.backoff.max.ms", 200);
    impatient.put("retry.backoff.ms", 20);
    // See MillraceConfig.adminProperties.
    impatient.put("metadata.recovery.strategy", "none");
    try (Admin admin = Admin.create(impatient)) {
      Eventually.await(
          "the broker to answer",
          START,
          () -> {
            if (!process.isAlive()) {
              throw new BrokerEnded(
                  "broker ended with status " + process.exitValue() + ":\n" + tail(log));
            }
            return !admin.describeCluster().nodes().get(1, TimeUnit.SECONDS).isEmpty();
          });
    } catch (AssertionError e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private void end(Runnable how) {
    how.run();
    try {
      if (!process.waitFor(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError("the broker did not end within " + STOP.toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the broker ends", e);
    }
  }

  private static String tail(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }

  private static void await(String what, KafkaFuture<?> future) {
    try {
      future.get(START.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("cannot create " + what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while creating " + what, e);
    }
  }

  /** Not an exception: it ends the wait at once. */
  private static final class BrokerEnded extends AssertionError {
    private static final long serialVersionUID = 1L;

    BrokerEnded(String message) {
      super(message);
    }
  }
}

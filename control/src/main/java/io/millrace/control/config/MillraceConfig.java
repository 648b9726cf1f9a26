package io.millrace.control.config;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration of an installation, one immutable value for all layers. Keys in the YAML file
 * are the dotted names below; {@code docs/guide/configuration.md} lists them all with defaults.
 *
 * @param namespace {@code namespace}: prefix of Millrace's own topics
 * @param dataDir {@code data.dir}: all local state
 * @param dataSlots {@code data.slots}: whether processes of one layer share it
 * @param kafka {@code kafka.*}
 * @param lake {@code lake.*}
 * @param speed {@code speed.*}
 * @param batch {@code batch.*}
 * @param serving {@code serving.*}
 * @param monitor {@code monitor.*}
 * @param memory {@code memory.*}: -Xmx of each local process
 * @param up {@code up.*}
 */
public record MillraceConfig(
    String namespace,
    Path dataDir,
    boolean dataSlots,
    Kafka kafka,
    Lake lake,
    Speed speed,
    Batch batch,
    Serving serving,
    Monitor monitor,
    Memory memory,
    Up up) {
  /**
   * @param bootstrapServers {@code kafka.bootstrap.servers}; empty: {@code millrace up} starts a
   *     broker of its own on {@code port}. Always present in what {@code up} hands to the layers
   * @param port {@code kafka.port} of the embedded broker, 0 chooses a free one
   * @param topicPartitions {@code kafka.topic.partitions} of source topics that {@code apply}
   *     creates
   * @param replicationFactor {@code kafka.replication.factor} of topics Millrace creates
   * @param connectTimeout {@code kafka.connect.timeout}
   * @param properties {@code kafka.properties.*}: passed to every Kafka client as they are
   */
  public record Kafka(
      Optional<String> bootstrapServers,
      int port,
      int topicPartitions,
      int replicationFactor,
      Duration connectTimeout,
      Map<String, String> properties) {
    /** Without the values of secrets. */
    @Override
    public String toString() {
      return "Kafka["
          + "bootstrapServers="
          + bootstrapServers
          + ", port="
          + port
          + ", topicPartitions="
          + topicPartitions
          + ", replicationFactor="
          + replicationFactor
          + ", connectTimeout="
          + connectTimeout
          + ", properties="
          + Secrets.hidden(properties)
          + "]";
    }
  }

  /**
   * @param properties {@code lake.properties.*}: Iceberg catalog properties, such as {@code type}
   *     and {@code warehouse}; default a Hadoop catalog in {@code data.dir/lake}
   */
  public record Lake(Map<String, String> properties) {
    /** Without the values of secrets. */
    @Override
    public String toString() {
      return "Lake[" + "properties=" + Secrets.hidden(properties) + "]";
    }
  }

  /**
   * @param threads {@code speed.threads}: stream threads per process
   * @param commitInterval {@code speed.commit.interval}
   * @param cutInterval {@code speed.cut.interval}: least time between two cuts of a partition
   * @param heartbeatInterval {@code speed.heartbeat.interval}: progress is renewed this often when
   *     nothing arrives
   * @param hotGroups {@code speed.hot.groups}: groups kept on heap, per task
   * @param hotBytes {@code speed.hot.bytes}: what they may take, per process
   * @param maxStateBytes {@code speed.state.max.bytes}: of one group's state, its key included
   * @param properties {@code speed.properties.*}: passed to Kafka Streams as they are
   */
  public record Speed(
      int threads,
      Duration commitInterval,
      Duration cutInterval,
      Duration heartbeatInterval,
      int hotGroups,
      long hotBytes,
      long maxStateBytes,
      Map<String, String> properties) {
    /** Without the values of secrets. */
    @Override
    public String toString() {
      return "Speed["
          + "threads="
          + threads
          + ", commitInterval="
          + commitInterval
          + ", cutInterval="
          + cutInterval
          + ", heartbeatInterval="
          + heartbeatInterval
          + ", hotGroups="
          + hotGroups
          + ", hotBytes="
          + hotBytes
          + ", maxStateBytes="
          + maxStateBytes
          + ", properties="
          + Secrets.hidden(properties)
          + "]";
    }
  }

  /**
   * @param master {@code batch.master}: Spark master
   * @param schedule {@code batch.schedule}: cron expression of views that have none of their own
   * @param scheduleOverride {@code batch.schedule.override}: cron expression for all views, if set
   * @param archiveInterval {@code batch.archive.interval}: sources are archived at least this often
   * @param keepRuns {@code batch.keep.runs}: completed runs kept per view, at least 2
   * @param properties {@code batch.properties.*}: Spark settings, passed as they are
   */
  public record Batch(
      String master,
      String schedule,
      Optional<String> scheduleOverride,
      Duration archiveInterval,
      int keepRuns,
      Map<String, String> properties) {
    /** Without the values of secrets. */
    @Override
    public String toString() {
      return "Batch["
          + "master="
          + master
          + ", schedule="
          + schedule
          + ", scheduleOverride="
          + scheduleOverride
          + ", archiveInterval="
          + archiveInterval
          + ", keepRuns="
          + keepRuns
          + ", properties="
          + Secrets.hidden(properties)
          + "]";
    }
  }

  /**
   * @param host {@code serving.host}
   * @param port {@code serving.port}, 0 chooses a free one
   * @param cursorTimeout {@code serving.cursor.timeout}: how long an unused cursor keeps its
   *     position
   * @param waitLongest {@code serving.wait.longest}: how long a question may wait for the position
   *     that it names
   * @param sql {@code serving.sql.*}
   * @param lookupBytes {@code serving.lookup.bytes}: most bytes of a lookup
   * @param pgwire {@code serving.pgwire.*}
   */
  public record Serving(
      String host,
      int port,
      Duration cursorTimeout,
      Duration waitLongest,
      Sql sql,
      long lookupBytes,
      Pgwire pgwire) {}

  /**
   * Postgres' wire.
   *
   * @param port {@code serving.pgwire.port}: {@code auto}, {@code none}, or a number, of which 0
   *     chooses a free one
   * @param connections {@code serving.pgwire.connections}: most at once
   */
  public record Pgwire(String port, int connections) {
    private static final int USUAL = 5433;

    /** Whether it is not served. */
    public boolean off() {
      return port.equals("none");
    }

    /** Whether a free port does where the usual one is taken. */
    public boolean auto() {
      return port.equals("auto");
    }

    /** The port to try first, unless it is {@link #off}. */
    public int firstPort() {
      return auto() ? USUAL : Integer.parseInt(port);
    }
  }

  /**
   * What one question in SQL may take, and how many may at once.
   *
   * @param time {@code serving.sql.time}
   * @param memory {@code serving.sql.memory}: bytes of heap its steps hold
   * @param rows {@code serving.sql.rows}: most rows of an answer
   * @param bytes {@code serving.sql.bytes}: most bytes of an answer
   * @param scans {@code serving.sql.scans}: how many that scan are answered at once
   */
  public record Sql(Duration time, long memory, int rows, long bytes, int scans) {}

  /**
   * @param host {@code monitor.host}
   * @param port {@code monitor.port}, 0 chooses a free one; empty: no endpoint
   */
  public record Monitor(String host, Optional<Integer> port) {}

  /** {@code memory.broker}, {@code memory.speed}, …: JVM sizes such as {@code 768m}. */
  public record Memory(String broker, String speed, String batch, String serving) {}

  /**
   * What {@code millrace up} and {@code millrace demo} wait for while they start.
   *
   * @param patience {@code up.patience}: without a sign that anything moves
   * @param limit {@code up.limit}: however much moves
   */
  public record Up(Duration patience, Duration limit) {}

  /** Names of the internal topics. */
  public Topics topics() {
    return new Topics(namespace);
  }

  /**
   * Reads a YAML file, nested or dotted keys alike, then the environment ({@code MILLRACE_} and the
   * key in upper case with underscores: {@code MILLRACE_SERVING_PORT}), then the overrides.
   *
   * @param file the YAML file; empty: defaults alone
   * @param environment usually {@code System.getenv()}
   * @param overrides dotted keys, as from {@code --set key=value}
   * @throws MillraceException {@code CONFIG_INVALID} with every problem; unknown keys with the
   *     nearest known one
   */
  public static MillraceConfig load(
      Optional<Path> file, Map<String, String> environment, Map<String, String> overrides) {
    return ConfigLoader.load(file, environment, overrides);
  }

  /**
   * A setting that is not left to its default.
   *
   * @param text as {@link #load} takes it
   * @param where file, environment or {@code --set}, in words
   */
  public record Given(String key, String text, String where) {}

  /** The settings that {@link #load} would find, in the order of their keys. */
  public static List<Given> given(
      Optional<Path> file, Map<String, String> environment, Map<String, String> overrides) {
    return ConfigLoader.given(file, environment, overrides);
  }

  /**
   * The configuration as YAML that {@link #load} reads back to an equal value. It holds secrets in
   * clear: {@link #write} keeps others from reading it.
   */
  public String toYaml() {
    return ConfigLoader.toYaml(this);
  }

  /** Whether a value, as it would be written, names a file or a variable by {@code ${…}}. */
  public static boolean refers(String value) {
    return ConfigSources.refers(value);
  }

  /**
   * Writes {@link #toYaml} to a file that only its owner may read, where the file system knows
   * owners.
   *
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE}
   */
  public void write(Path file) {
    OwnerOnlyFile.write(file, toYaml());
  }

  /**
   * This configuration with the address of a broker, as {@code millrace up} hands to the layers.
   */
  public MillraceConfig withBootstrapServers(String bootstrapServers) {
    Kafka changed =
        new Kafka(
            Optional.of(bootstrapServers),
            kafka.port(),
            kafka.topicPartitions(),
            kafka.replicationFactor(),
            kafka.connectTimeout(),
            kafka.properties());
    return new MillraceConfig(
        namespace, dataDir, dataSlots, changed, lake, speed, batch, serving, monitor, memory, up);
  }

  /** This configuration with a data directory that is the process's own. */
  public MillraceConfig withDataSlot(Path slot) {
    return new MillraceConfig(
        namespace, slot, false, kafka, lake, speed, batch, serving, monitor, memory, up);
  }

  /**
   * Properties every Kafka client of Millrace starts from: bootstrap servers and pass-through. The
   * map is the caller's own.
   *
   * @throws MillraceException {@code CONFIG_INVALID} if {@code kafka.bootstrap.servers} is unset
   */
  public Map<String, Object> clientProperties() {
    Map<String, Object> properties = new HashMap<>(kafka.properties());
    properties.put(
        "bootstrap.servers",
        kafka
            .bootstrapServers()
            .orElseThrow(
                () ->
                    new MillraceException(
                        ErrorCode.CONFIG_INVALID,
                        "cannot reach Kafka: found no kafka.bootstrap.servers, expected the address"
                            + " of a broker; set it, or start with 'millrace up'")));
    return properties;
  }

  /**
   * As {@link #clientProperties}, for an admin client. While no broker answers, Kafka's (4.3) goes
   * back to the bootstrap servers for every call that waits, logs that, and has one more call wait
   * each time: thousands of lines a second before long. It finds brokers whose addresses have
   * changed without that, by their names.
   */
  public Map<String, Object> adminProperties() {
    Map<String, Object> properties = clientProperties();
    properties.putIfAbsent("metadata.recovery.strategy", "none");
    return properties;
  }
}

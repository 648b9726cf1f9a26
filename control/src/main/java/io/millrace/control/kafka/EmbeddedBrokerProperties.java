package io.millrace.control.kafka;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The {@code server.properties} of the real, single-node KRaft broker that {@code millrace up} and
 * tests start: broker and controller in one process, loopback only, replication factor 1.
 *
 * <p>This class needs nothing of the broker's jars. Whoever starts it formats its storage first,
 * with {@link #formatArguments} for {@code kafka.tools.StorageTool}, and then runs {@code
 * kafka.Kafka FILE}.
 *
 * @param dataDir holds the broker's logs, below {@code logs}, and {@code server.properties}
 * @param port of the listener for clients
 * @param controllerPort of the controller; may differ from one start to the next
 */
public record EmbeddedBrokerProperties(Path dataDir, int port, int controllerPort) {
  /** Loopback address of the broker, and what clients are told. */
  public static final String HOST = "127.0.0.1";

  /** {@code host:port} for clients. */
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  /** Where {@link #write} puts the file. */
  public Path file() {
    return dataDir.resolve("server.properties");
  }

  /** All broker settings, by name. */
  public Map<String, String> settings() {
    Map<String, String> settings = new TreeMap<>();
    settings.put("process.roles", "broker,controller");
    settings.put("node.id", "1");
    settings.put("controller.quorum.voters", "1@" + HOST + ":" + controllerPort);
    settings.put("controller.listener.names", "CONTROLLER");
    settings.put(
        "listeners",
        "PLAINTEXT://" + HOST + ":" + port + ",CONTROLLER://" + HOST + ":" + controllerPort);
    settings.put("advertised.listeners", "PLAINTEXT://" + HOST + ":" + port);
    settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    settings.put("log.dirs", dataDir.resolve("logs").toAbsolutePath().toString());
    // One node: nothing can be replicated.
    settings.put("default.replication.factor", "1");
    settings.put("min.insync.replicas", "1");
    settings.put("offsets.topic.replication.factor", "1");
    settings.put("offsets.topic.num.partitions", "4");
    settings.put("transaction.state.log.replication.factor", "1");
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("transaction.state.log.num.partitions", "4");
    settings.put("share.coordinator.state.topic.replication.factor", "1");
    settings.put("share.coordinator.state.topic.min.isr", "1");
    settings.put("share.coordinator.state.topic.num.partitions", "1");
    // Topics are made on purpose, with their partitions; a misspelt one must not spring up.
    settings.put("auto.create.topics.enable", "false");
    settings.put("group.initial.rebalance.delay.ms", "0");
    // The history is the lake's task; the broker keeps a week.
    settings.put("log.retention.hours", "168");
    settings.put("log.segment.bytes", Integer.toString(256 << 20));
    settings.put("log.index.size.max.bytes", Integer.toString(2 << 20));
    settings.put("num.network.threads", "2");
    settings.put("num.io.threads", "4");
    settings.put("num.recovery.threads.per.data.dir", "2");
    // With one node, start and stop wait for heartbeats only.
    settings.put("broker.heartbeat.interval.ms", "500");
    settings.put("controller.quorum.election.timeout.ms", "200");
    return settings;
  }

  /**
   * Writes {@link #file}, making the directory.
   *
   * @param overrides settings that replace or join {@link #settings}
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE}
   */
  public Path write(Map<String, String> overrides) {
    Map<String, String> settings = settings();
    settings.putAll(overrides);
    java.util.Properties properties = new java.util.Properties();
    properties.putAll(settings);
    try {
      Files.createDirectories(dataDir);
      try (Writer writer = Files.newBufferedWriter(file())) {
        properties.store(writer, "Written at each start; change the configuration of Millrace");
      }
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.DATA_DIR_NOT_WRITABLE,
          "cannot start the broker: found that "
              + dataDir
              + " cannot be written ("
              + e
              + "), expected a writable directory; change its rights or set data.dir",
          e);
    }
    return file();
  }

  /**
   * Arguments for {@code kafka.tools.StorageTool}, which leaves formatted storage as it is.
   *
   * @param clusterId a Kafka UUID, used when the storage is new
   */
  public String[] formatArguments(String clusterId) {
    return new String[] {
      "format", "--cluster-id", clusterId, "--config", file().toString(), "--ignore-formatted"
    };
  }
}

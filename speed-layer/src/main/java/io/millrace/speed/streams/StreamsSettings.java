package io.millrace.speed.streams;

import io.millrace.control.config.MillraceConfig;
import io.millrace.speed.task.FlushPace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;

/** Kafka Streams' settings for the tasks of one source. */
public final class StreamsSettings {
  /** The longest pause between commits that tasks ask for ({@link FlushPace}). */
  public static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /**
   * When Kafka Streams commits unasked. Tasks ask sooner, as soon as commits leave records their
   * time; Kafka Streams does not ask whether they do.
   */
  private static final Duration UNASKED_COMMIT = Duration.ofSeconds(20);

  private static final int SESSION_TIMEOUT_MS = 8_000;

  /**
   * Room for the largest merge of segments on a busy machine: a transaction that takes longer is
   * aborted, and restoring all live state takes longer still. A process that comes back ends its
   * old transaction at once; only one that never does holds readers up for this long.
   */
  private static final int TRANSACTION_TIMEOUT_MS = 60_000;

  /** Records of a poll while state is restored: the default of 1000 makes many small writes. */
  private static final int RESTORED_RECORDS = 10_000;

  /**
   * Changelog records that a process may lack and still get a partition at once; it restores that
   * many in a second or two. For more, Kafka Streams has it warm up first, while another process
   * goes on with the partition.
   */
  private static final long ACCEPTABLE_LAG = 200_000;

  /** How often it is looked whether that process has caught up: the least that Streams allows. */
  private static final long PROBING_MS = 60_000;

  /** Kafka's default. */
  private static final long PRODUCER_MEMORY = 32L << 20;

  private StreamsSettings() {}

  /**
   * @param application application id, {@link io.millrace.control.model.Topics#speedApplication}
   * @param memberId names this process's data directory: a process that comes back with it gets its
   *     partitions back at once, without a rebalance
   */
  public static Properties of(MillraceConfig config, String application, String memberId) {
    long commitMs = config.speed().commitInterval().toMillis();
    Properties p = new Properties();
    p.putAll(config.clientProperties());
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    p.put(StreamsConfig.STATE_DIR_CONFIG, stateDir(config.dataDir()).toString());
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    p.put(
        StreamsConfig.COMMIT_INTERVAL_MS_CONFIG,
        Math.max(
            commitMs,
            Math.min(UNASKED_COMMIT.toMillis(), transactionTimeout(config).toMillis() / 3)));
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.speed().threads());
    p.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, config.kafka().replicationFactor());
    p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0L);
    p.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, RocksDbSettings.class);
    p.put(StreamsConfig.POLL_MS_CONFIG, longestPoll(config).toMillis());
    p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    p.put(StreamsConfig.ACCEPTABLE_RECOVERY_LAG_CONFIG, ACCEPTABLE_LAG);
    p.put(StreamsConfig.PROBING_REBALANCE_INTERVAL_MS_CONFIG, PROBING_MS);

    p.put(consumer(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), application + "-" + memberId);
    p.put(consumer(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), SESSION_TIMEOUT_MS);
    p.put(consumer(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), SESSION_TIMEOUT_MS / 4);
    p.put(consumer(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
    p.put(consumer(ConsumerConfig.METADATA_MAX_AGE_CONFIG), 30_000);

    p.put(producer(ProducerConfig.LINGER_MS_CONFIG), 5);
    p.put(producer(ProducerConfig.BATCH_SIZE_CONFIG), 128 * 1024);
    long recordBytes = recordBytes(config);
    p.put(producer(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), (int) recordBytes);
    p.put(
        producer(ProducerConfig.BUFFER_MEMORY_CONFIG), Math.max(PRODUCER_MEMORY, 2 * recordBytes));
    // Sketches of few values are mostly zeros, and each state is sent twice and read at least
    // twice.
    p.put(producer(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    p.put(producer(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), TRANSACTION_TIMEOUT_MS);
    p.put(
        StreamsConfig.restoreConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG),
        RESTORED_RECORDS);
    p.put(
        StreamsConfig.adminClientPrefix(AdminClientConfig.METADATA_RECOVERY_STRATEGY_CONFIG),
        config.adminProperties().get(AdminClientConfig.METADATA_RECOVERY_STRATEGY_CONFIG));
    p.putAll(config.speed().properties());
    return p;
  }

  /** As set by hand, or the default; no pause between commits may come near it. */
  public static Duration transactionTimeout(MillraceConfig config) {
    String byHand =
        config.speed().properties().get(producer(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG));
    return Duration.ofMillis(
        byHand == null ? TRANSACTION_TIMEOUT_MS : Long.parseLong(byHand.strip()));
  }

  /** How long a poll waits: one that waits for records would put off a commit that comes due. */
  public static Duration longestPoll(MillraceConfig config) {
    return Duration.ofMillis(Math.max(2, config.speed().commitInterval().toMillis() / 5));
  }

  /** The largest record that carries a state: what lies around it, and where lz4 gains nothing. */
  public static long recordBytes(MillraceConfig config) {
    long state = config.speed().maxStateBytes();
    return state + state / 64 + (64 << 10);
  }

  /** All of the speed layer's local state. */
  public static Path stateDir(Path dataDir) {
    return dataDir.resolve("speed");
  }

  /**
   * Settings of the changelog topic and of speed topics: compacted, in small segments. Kafka's own
   * ratio decides when: at most half of such a topic is old. With less, the broker would write the
   * same states again and again; at a tenth, that took it most of its time.
   *
   * @param recordBytes {@link #recordBytes}
   */
  public static Map<String, String> compacted(long recordBytes) {
    return Map.of(
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Long.toString(recordBytes),
        TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT,
        TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(64 << 20),
        TopicConfig.SEGMENT_MS_CONFIG, Integer.toString(600_000),
        TopicConfig.DELETE_RETENTION_MS_CONFIG, Integer.toString(600_000));
  }

  private static String consumer(String key) {
    return StreamsConfig.mainConsumerPrefix(key);
  }

  private static String producer(String key) {
    return StreamsConfig.producerPrefix(key);
  }
}

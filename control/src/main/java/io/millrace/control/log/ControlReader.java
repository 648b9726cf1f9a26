package io.millrace.control.log;

import io.millrace.control.config.Durations;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.ControlCluster;
import io.millrace.control.kafka.KafkaRefusal;
import java.time.Duration;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the control topic once, to where it ends: for who wants to know what was applied and has no
 * part in it. It takes the right to read that topic and no other, and makes none. Stateless.
 */
public final class ControlReader {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);

  private ControlReader() {}

  /**
   * @throws MillraceException {@code CONFIG_INVALID}, {@code BROKER_UNREACHABLE}, {@code
   *     NOT_AUTHENTICATED}, {@code NOT_AUTHORIZED}; {@code TOPIC_MISSING} if there is no control
   *     topic
   */
  public static ControlState read(MillraceConfig config) {
    String topic = config.topics().control();
    TopicPartition partition = new TopicPartition(topic, 0);
    try (ControlCluster cluster = ControlCluster.reach(config)) {
      if (!cluster.has(topic)) {
        throw new MillraceException(
            ErrorCode.TOPIC_MISSING,
            "cannot read what was applied: found no topic "
                + topic
                + " at "
                + config.kafka().bootstrapServers().orElse("the configured broker")
                + ", expected that of an installation of Millrace; correct kafka.bootstrap.servers"
                + " or namespace, or apply a folder by 'millrace apply DIR'");
      }
      return read(cluster, partition, cluster.end(partition));
    }
  }

  private static ControlState read(ControlCluster cluster, TopicPartition partition, long end) {
    ControlFold fold = new ControlFold();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Consumer<byte[], byte[]> consumer = cluster.reader(partition);
    try {
      while (consumer.position(partition) < end) {
        consumer
            .poll(POLL)
            .forEach(record -> fold.add(record.offset(), record.key(), record.value()));
        if (System.nanoTime() - deadline > 0) {
          throw new MillraceException(
              ErrorCode.BROKER_UNREACHABLE,
              "cannot read topic "
                  + partition.topic()
                  + ": found offset "
                  + consumer.position(partition)
                  + " after "
                  + Durations.format(PATIENCE)
                  + ", expected its end "
                  + end
                  + "; see whether the broker runs");
        }
      }
      return fold.state();
    } catch (KafkaException e) {
      throw KafkaRefusal.of(e).orElseGet(() -> cluster.unreachable(e));
    } finally {
      consumer.close(ControlCluster.AT_ONCE);
    }
  }
}

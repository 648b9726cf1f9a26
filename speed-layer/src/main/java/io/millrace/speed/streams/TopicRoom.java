package io.millrace.speed.streams;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.KafkaRefusal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Has topics take records as large as a state may be. A topic's own {@code max.message.bytes} goes
 * before the broker's {@code message.max.bytes}; what fetches it takes at least one record, however
 * large. For one thread.
 */
public final class TopicRoom {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Admin admin;
  private final long recordBytes;
  private final Map<String, Optional<String>> known = new HashMap<>();

  /**
   * @param admin stays the caller's
   * @param recordBytes {@link StreamsSettings#recordBytes}
   */
  public TopicRoom(Admin admin, long recordBytes) {
    this.admin = admin;
    this.recordBytes = recordBytes;
  }

  /**
   * Raises a topic's {@code max.message.bytes} if it is less; never lowers it.
   *
   * @param id Kafka's: one that was made again is another topic
   * @throws MillraceException if Kafka refuses or does not answer
   */
  public void ensure(String topic, Optional<String> id) {
    if (id.equals(known.get(topic))) {
      return;
    }
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try {
      ConfigEntry present =
          admin
              .describeConfigs(List.of(resource))
              .all()
              .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
              .get(resource)
              .get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
      if (Long.parseLong(present.value()) < recordBytes) {
        AlterConfigOp raise =
            new AlterConfigOp(
                new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Long.toString(recordBytes)),
                AlterConfigOp.OpType.SET);
        admin
            .incrementalAlterConfigs(Map.of(resource, List.of(raise)))
            .all()
            .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      }
      known.put(topic, id);
    } catch (ExecutionException | TimeoutException e) {
      throw failed(topic, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(topic, e);
    }
  }

  private MillraceException failed(String topic, Exception e) {
    return KafkaRefusal.of(e)
        .orElseGet(
            () ->
                new MillraceException(
                    ErrorCode.BROKER_UNREACHABLE,
                    "cannot have topic "
                        + topic
                        + " take records of "
                        + recordBytes
                        + " bytes: found "
                        + (e.getCause() == null ? e : e.getCause())
                        + ", expected its max.message.bytes to be set within "
                        + TIMEOUT.toSeconds()
                        + " s; check that the broker runs",
                    e));
  }
}

package io.millrace.batch.topic;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a look at a topic that breaks off. */
class SpeedProgressTest {
  /** As when the topic is deleted and made again, or set back, after its end was asked for. */
  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void shouldNotWaitForRecordsThatDoNotCome() {
    TopicPartition partition = new TopicPartition("speed", 0);
    try (MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("earliest")) {
      consumer.updateBeginningOffsets(Map.of(partition, 0L));
      assertThatThrownBy(
              () ->
                  SpeedProgress.newest(
                      consumer,
                      Map.of(partition, 0L),
                      Map.of(partition, 5L),
                      Duration.ofMillis(50)))
          .isInstanceOf(TimeoutException.class)
          .hasMessage(
              "cannot read the speed topic to its end: found nothing more of {speed-0=0} for 50 ms,"
                  + " expected it to reach {speed-0=5}");
    }
  }
}

package io.millrace.speed.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;

class StreamsSettingsTest {
  @Test
  void shouldCommitWellWithinATransactionTimeoutThatIsSetByHand() {
    MillraceConfig config =
        config(Map.of("speed.properties.producer.transaction.timeout.ms", "10000"));
    StreamsConfig settings = new StreamsConfig(StreamsSettings.of(config, "app", "me"));
    assertThat(settings.getLong(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG)).isEqualTo(3_333);
    assertThat(StreamsSettings.transactionTimeout(config)).hasSeconds(10);
  }

  @Test
  void shouldHaveTheProducerTakeAsLargeRecordsAsTheTopics() {
    MillraceConfig config = config(Map.of("speed.state.max.bytes", "64m"));
    long bytes = StreamsSettings.recordBytes(config);
    assertThat(bytes).isBetween(65L << 20, 70L << 20);
    Map<String, Object> producer =
        new StreamsConfig(StreamsSettings.of(config, "app", "me")).getProducerConfigs("me");
    assertThat(producer.get(ProducerConfig.MAX_REQUEST_SIZE_CONFIG)).isEqualTo((int) bytes);
    assertThat((Long) producer.get(ProducerConfig.BUFFER_MEMORY_CONFIG)).isGreaterThan(bytes);
    assertThat(StreamsSettings.compacted(bytes))
        .containsEntry("max.message.bytes", Long.toString(bytes));
  }

  private static MillraceConfig config(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("kafka.bootstrap.servers", "127.0.0.1:9092");
    return MillraceConfig.load(Optional.empty(), Map.of(), all);
  }
}

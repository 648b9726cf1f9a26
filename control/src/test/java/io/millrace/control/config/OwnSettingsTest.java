package io.millrace.control.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OwnSettingsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka.properties.bootstrap.servers",
        "kafka.properties.isolation.level",
        "kafka.properties.enable.idempotence",
        "kafka.properties.acks",
        "kafka.properties.group.id",
        "kafka.properties.allow.auto.create.topics",
        "speed.properties.processing.guarantee",
        "speed.properties.application.id",
        "speed.properties.state.dir",
        "speed.properties.isolation.level",
        "speed.properties.main.consumer.isolation.level",
        "speed.properties.consumer.group.instance.id",
        "speed.properties.restore.consumer.auto.offset.reset",
        "speed.properties.producer.transactional.id",
        "speed.properties.producer.acks",
        "speed.properties.default.timestamp.extractor",
        "speed.properties.processing.exception.handler",
        "speed.properties.production.exception.handler",
        "batch.properties.spark.sql.ansi.enabled",
        "batch.properties.spark.sql.casesensitive",
        "batch.properties.spark.sql.session.timeZone"
      })
  void shouldRefuseWhatExactnessRestsOn(String key) {
    assertThatThrownBy(() -> load(Map.of(key, "any")))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
        .hasMessageMatching(
            "cannot use the configuration: found '"
                + key
                + "' in .*, expected none, as .+; drop it");
  }

  @Test
  void shouldSayWhy() {
    assertThatThrownBy(() -> load(Map.of("speed.properties.processing.guarantee", "at_least_once")))
        .hasMessage(
            "cannot use the configuration: found 'speed.properties.processing.guarantee' in --set,"
                + " expected none, as Millrace counts each record exactly once, which rests on its"
                + " own value; drop it");
    assertThatThrownBy(
            () ->
                MillraceConfig.load(
                    Optional.empty(),
                    Map.of("MILLRACE_KAFKA_PROPERTIES_ISOLATION_LEVEL", "read_uncommitted"),
                    Map.of()))
        .hasMessageContaining("found 'kafka.properties.isolation.level' in the environment");
  }

  @Test
  void shouldHandOverWhatIsNotMillracesOwn() {
    MillraceConfig config =
        load(
            Map.of(
                "kafka.properties.client.id", "me",
                "speed.properties.num.standby.replicas", "1",
                "speed.properties.producer.compression.type", "zstd",
                "batch.properties.spark.sql.shuffle.partitions", "7"));

    assertThat(config.kafka().properties()).containsEntry("client.id", "me");
    assertThat(config.speed().properties()).hasSize(2);
    assertThat(config.batch().properties()).hasSize(1);
  }

  private static MillraceConfig load(Map<String, String> settings) {
    return MillraceConfig.load(Optional.empty(), Map.of(), settings);
  }
}

package io.millrace.launcher.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EffectiveConfigTest {
  @Test
  void shouldFillInAddressesAndFreePorts() {
    MillraceConfig config =
        EffectiveConfig.of(
            load(Map.of("kafka.port", "0", "serving.port", "0", "monitor.port", "0")));
    assertThat(config.kafka().port()).isPositive();
    assertThat(config.kafka().bootstrapServers()).contains("127.0.0.1:" + config.kafka().port());
    assertThat(config.serving().port()).isPositive();
    assertThat(config.monitor().port()).contains(0);
    assertThat(config.dataDir()).isAbsolute();
  }

  @Test
  void shouldRefuseAMonitorPortThatAllLayersWouldShare() {
    MillraceConfig wanted = load(Map.of("monitor.port", "9464"));
    assertThatThrownBy(() -> EffectiveConfig.of(wanted))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
        .hasMessage(
            "cannot start the layers on one machine: found monitor.port 9464, expected 0 or none,"
                + " for they cannot share a port; set monitor.port to 0, and each layer's log says"
                + " which one it took");
  }

  @Test
  void shouldSayWhereServingIsReached() {
    assertThat(servingUrl("127.0.0.1")).isEqualTo("http://127.0.0.1:8081");
    assertThat(servingUrl("0.0.0.0")).isEqualTo("http://127.0.0.1:8081");
    assertThat(servingUrl("::")).isEqualTo("http://127.0.0.1:8081");
    assertThat(servingUrl("::1")).isEqualTo("http://[::1]:8081");
  }

  private static String servingUrl(String host) {
    return EffectiveConfig.servingUrl(load(Map.of("serving.host", host, "serving.port", "8081")));
  }

  private static MillraceConfig load(Map<String, String> settings) {
    return MillraceConfig.load(Optional.empty(), Map.of(), settings);
  }
}

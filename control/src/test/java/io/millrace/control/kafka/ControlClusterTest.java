package io.millrace.control.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ControlClusterTest {
  @Test
  void shouldNotQuoteALogInThatIsNotWellFormed() {
    String jaas =
        "org.apache.kafka.common.security.scram.ScramLoginModule required"
            + " username=\"me\" password=\"hun\"ter2\";";
    assertThatThrownBy(
            () ->
                open(
                    Map.of(
                        "security.protocol", "SASL_SSL",
                        "sasl.mechanism", "SCRAM-SHA-512",
                        "sasl.jaas.config", jaas)))
        .hasMessage(
            "cannot use kafka.properties: found a sasl.jaas.config that is not well formed, expected"
                + " settings that Kafka's clients take; correct them, as docs/guide/security.md"
                + " says")
        .hasNoCause();
  }

  @Test
  void shouldNameAStoreThatIsNotThere() {
    assertThatThrownBy(
            () -> open(Map.of("security.protocol", "SSL", "ssl.truststore.location", "/no/such")))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
        .hasMessageContaining("found NoSuchFileException: /no/such, expected settings");
  }

  @Test
  void shouldTakeAnAddressThatCannotBeLookedUpForABrokerThatIsAway() {
    assertThatThrownBy(() -> open(Map.of("security.protocol", "SSL"), "no.such.host.invalid:9093"))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.BROKER_UNREACHABLE));
  }

  @Test
  void shouldSayThatNothingAnsweredRatherThanNull() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> open(Map.of(), "127.0.0.1:" + silent.getLocalPort()))
          .hasMessageContaining(" within 1s (")
          .hasMessageContaining("raise kafka.connect.timeout")
          .message()
          .doesNotContain("null");
    }
  }

  private static ControlCluster open(Map<String, String> properties) {
    return open(properties, "127.0.0.1:1");
  }

  private static ControlCluster open(Map<String, String> properties, String address) {
    Map<String, String> settings = new HashMap<>();
    properties.forEach((key, value) -> settings.put("kafka.properties." + key, value));
    settings.put("kafka.bootstrap.servers", address);
    settings.put("kafka.connect.timeout", "1s");
    return ControlCluster.open(MillraceConfig.load(Optional.empty(), Map.of(), settings));
  }
}

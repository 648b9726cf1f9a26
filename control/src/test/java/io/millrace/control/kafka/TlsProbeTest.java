package io.millrace.control.kafka;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class TlsProbeTest {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  @Test
  void shouldRefusePlainTextToAPortThatSpeaksTls() throws IOException {
    byte[] alert = {0x15, 3, 3, 0, 2, 2, 80};
    try (ServerSocket server = answering(alert);
        ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String nobody = "127.0.0.1:" + closed.getLocalPort();
      closed.close();
      String address = "127.0.0.1:" + server.getLocalPort();
      assertThatThrownBy(
              () -> TlsProbe.check(Map.of("bootstrap.servers", nobody + ", " + address), PATIENCE))
          .hasMessage(
              "cannot reach Kafka: found that "
                  + address
                  + " speaks TLS, expected PLAINTEXT; set kafka.properties.security.protocol to SSL"
                  + " or SASL_SSL, or name another port in kafka.bootstrap.servers");
    }
  }

  @Test
  void shouldLeaveEverythingElseToKafka() throws IOException {
    byte[] length = {0, 0, 1, 0};
    try (ServerSocket server = answering(length)) {
      String address = "127.0.0.1:" + server.getLocalPort();
      assertThatCode(() -> TlsProbe.check(Map.of("bootstrap.servers", address), PATIENCE))
          .doesNotThrowAnyException();
    }
    assertThatCode(
            () -> {
              TlsProbe.check(Map.of("bootstrap.servers", "no.such.host.invalid:1"), PATIENCE);
              TlsProbe.check(
                  Map.of("bootstrap.servers", "127.0.0.1:1", "security.protocol", "SASL_SSL"),
                  PATIENCE);
            })
        .doesNotThrowAnyException();
  }

  private static ServerSocket answering(byte[] bytes) throws IOException {
    ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    CompletableFuture.runAsync(
        () -> {
          try (Socket client = server.accept()) {
            client.getInputStream().readNBytes(14);
            client.getOutputStream().write(bytes);
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    return server;
  }
}

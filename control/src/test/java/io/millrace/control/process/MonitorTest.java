package io.millrace.control.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.Counter;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MonitorTest {
  private static final Duration SOON = Duration.ofMinutes(3);

  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicReference<Health> health =
      new AtomicReference<>(new Health("speed", "starting", List.of(), Optional.empty()));
  private final Metrics metrics = Metrics.of("speed");
  private final Monitor monitor =
      Monitor.start(new MillraceConfig.Monitor("127.0.0.1", Optional.of(0)), health::get, metrics)
          .orElseThrow();

  @AfterEach
  void close() {
    monitor.close();
    metrics.close();
  }

  @Test
  void shouldListenOnlyWhereAskedTo() {
    assertThat(
            Monitor.start(
                new MillraceConfig.Monitor("127.0.0.1", Optional.empty()), health::get, metrics))
        .isEmpty();
    assertThat(monitor.uri().toString()).matches("http://127\\.0\\.0\\.1:[1-9]\\d+");
  }

  @Test
  void shouldBeReadyWhileTheLayerDoesItsWork() throws Exception {
    assertHealth("/health/ready", 503, "starting");
    health.set(new Health("speed", "running", List.of(), Optional.empty()));
    assertHealth("/health/ready", 200, "running");
    health.set(new Health("speed", "degraded", List.of("cannot read topic a"), Optional.empty()));
    JsonNode degraded = assertHealth("/health/ready", 200, "degraded");
    assertThat(degraded.at("/problems/0").textValue()).isEqualTo("cannot read topic a");
    health.set(new Health("speed", "stopping", List.of(), Optional.empty()));
    assertHealth("/health/ready", 503, "stopping");
  }

  @Test
  void shouldLiveUntilOnlyARestartHelps() throws Exception {
    assertHealth("/health/live", 200, "starting");
    health.set(new Health("speed", "degraded", List.of("cannot reach Kafka"), Optional.empty()));
    assertHealth("/health/live", 200, "degraded");
    health.set(new Health("speed", "running", List.of(), Optional.of("its thread has ended")));
    JsonNode dead = assertHealth("/health/live", 503, "running");
    assertThat(dead.path("dead").textValue()).isEqualTo("its thread has ended");
  }

  @Test
  void shouldExposeTheProcessAndWhatTheLayerAdds() throws Exception {
    AtomicInteger groups = new AtomicInteger(2);
    GaugeTable table = metrics.table("millrace.test.groups", "for the test");
    metrics.beforeScrape(() -> table.row(groups.get(), "view", "v" + groups.get()));
    metrics.beforeScrape(
        () -> {
          throw new IllegalStateException("for the test");
        });
    Counter.builder("millrace.test.records").register(metrics.registry()).increment(3);
    HttpResponse<String> answer = get("GET", "/metrics");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains(Metrics.CONTENT_TYPE);
    assertThat(answer.body())
        .contains("jvm_memory_used_bytes{", "process_uptime_seconds ", "jvm_gc_")
        .containsPattern(
            "millrace_build_info\\{java=\"\\d.*\",process=\"speed\",version=\"\\d.*\"} 1")
        .contains("millrace_test_records_total 3.0")
        .contains("millrace_test_groups{view=\"v2\"} 2.0");
    groups.set(5);
    assertThat(get("GET", "/metrics").body())
        .contains("millrace_test_groups{view=\"v5\"} 5.0")
        .doesNotContain("v2");
  }

  @Test
  void shouldRefuseOtherPathsAndMethods() throws Exception {
    assertThat(get("GET", "/health/live/").statusCode()).isEqualTo(404);
    assertThat(get("GET", "/").body())
        .contains("cannot find /: expected /health/live, /health/ready or /metrics");
    HttpResponse<String> post = get("POST", "/metrics");
    assertThat(post.statusCode()).isEqualTo(405);
    assertThat(post.headers().firstValue("Allow")).contains("GET");
    assertThat(get("HEAD", "/health/live").statusCode()).isEqualTo(405);
  }

  @Test
  void shouldAnswerWhenItsHealthCannotBeTold() throws Exception {
    health.set(null);
    HttpResponse<String> answer = get("GET", "/health/live");
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body()).contains("NullPointerException");
  }

  @Test
  void shouldAnswerWhileOthersNeverFinishTheirRequests() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 12; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), monitor.uri().getPort());
        slow.add(socket);
        socket.getOutputStream().write("GET /health".getBytes(StandardCharsets.US_ASCII));
      }
      assertHealth("/health/live", 200, "starting");
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void shouldSayWhyItCannotListen() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(
              () ->
                  Monitor.start(
                      new MillraceConfig.Monitor("127.0.0.1", Optional.of(taken.getLocalPort())),
                      health::get,
                      metrics))
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PORT_IN_USE))
          .hasMessage(
              "cannot offer health and metrics on 127.0.0.1:"
                  + taken.getLocalPort()
                  + ": found the address in use or not one of this machine's (Address already in"
                  + " use), expected it free; stop what uses it, or set monitor.port to another"
                  + " port");
    }
  }

  private JsonNode assertHealth(String path, int status, String state) throws Exception {
    HttpResponse<String> answer = get("GET", path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonNode body = new ObjectMapper().readTree(answer.body());
    assertThat(body.path("layer").textValue()).isEqualTo("speed");
    assertThat(body.path("state").textValue()).isEqualTo(state);
    return body;
  }

  private HttpResponse<String> get(String method, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(monitor.uri() + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(SOON)
            .build();
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }
}

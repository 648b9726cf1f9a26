package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.testkit.Eventually;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HttpServerTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);
  private final HttpApi api = new HttpApi(null, null, null, null, this::slowly);
  private final HttpServer server =
      new HttpServer(
          MillraceConfig.load(Optional.empty(), Map.of(), Map.of("serving.port", "0")).serving(),
          api);

  @Test
  void shouldEndTheAnswersUnderWayBeforeItCloses() throws Exception {
    server.start();
    URI live = server.uri().resolve("/v1/health/live");
    CompletableFuture<HttpResponse<String>> reply =
        HttpClient.newHttpClient()
            .sendAsync(
                HttpRequest.newBuilder(live).timeout(LONG).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(asked.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();

    CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
    Eventually.await("an end of new connections", LONG, () -> !connects(live));
    assertThat(closing).isNotDone();
    answer.countDown();

    HttpResponse<String> got = reply.get(LONG.toSeconds(), TimeUnit.SECONDS);
    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(got.body()).isEqualTo("{\"status\":\"live\"}");
    closing.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  private Optional<String> slowly() {
    asked.countDown();
    try {
      assertThat(answer.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      return Optional.of("interrupted");
    }
    return Optional.empty();
  }

  private static boolean connects(URI uri) {
    try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}

package io.millrace.serving.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Topics;
import io.millrace.control.process.Metrics;
import io.millrace.serving.query.Cursors;
import io.millrace.serving.report.ServingMetrics;
import io.millrace.serving.report.ViewReports;
import io.millrace.serving.view.ServedViews;
import io.millrace.testkit.Eventually;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class HttpServerTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private static final MillraceConfig.Serving CONFIG =
      MillraceConfig.load(Optional.empty(), Map.of(), Map.of("serving.port", "0")).serving();

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);
  private final HttpApi api =
      new HttpApi(null, null, null, null, null, null, null, null, this::slowly);
  private final HttpServer server = new HttpServer(CONFIG, api);

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

  @Test
  void shouldSayThatItLivesWhileNothingElseIsAnswered() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (Metrics metrics = Metrics.of("serving");
        Cursors cursors = new Cursors(LONG, System::nanoTime);
        ServedViews views = new ServedViews(null, null, new Topics("t"), view -> {}, LONG, null)) {
      metrics.beforeScrape(() -> await(end));
      ViewReports reports = new ViewReports(views, System::currentTimeMillis);
      HttpServer busy =
          new HttpServer(
              CONFIG,
              new HttpApi(
                  reports,
                  null,
                  null,
                  null,
                  null,
                  null,
                  new ServingMetrics(metrics, reports, cursors),
                  null,
                  Optional::empty));
      busy.start();
      try (Sockets slow = new Sockets(busy.uri())) {
        for (int i = 0; i < 200; i++) {
          slow.open("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        HttpResponse<String> live =
            HttpClient.newHttpClient()
                .send(
                    HttpRequest.newBuilder(busy.uri().resolve("/v1/health/live"))
                        .timeout(LONG)
                        .build(),
                    HttpResponse.BodyHandlers.ofString());
        assertThat(live.statusCode()).isEqualTo(200);
      } finally {
        // None of the answers has ended by then, nor does one in time.
        busy.close();
        end.countDown();
      }
    }
  }

  @Test
  void shouldSayJettysOwnErrorsAsJson() throws Exception {
    server.start();
    try (Sockets raw = new Sockets(server.uri())) {
      assertJson(
          raw.ask("GET /x HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(40_000) + "\r\n\r\n"),
          431,
          "BAD_REQUEST");
      assertJson(raw.ask("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"), 400, "BAD_REQUEST");
      assertJson(raw.ask("nonsense\r\n\r\n"), 400, "BAD_REQUEST");
      assertJson(raw.ask("GET / HTTP/1.1\r\n\r\n"), 400, "BAD_REQUEST");
      assertJson(
          raw.ask("GET /no/such HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
          404,
          "NOT_FOUND");
      assertJson(raw.ask("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"), 405, "BAD_REQUEST");
    } finally {
      server.close();
    }
  }

  private static void assertJson(String answer, int status, String code) {
    assertThat(answer).startsWith("HTTP/1.1 " + status);
    assertThat(answer.toLowerCase(Locale.ROOT))
        .contains(
            "content-type: application/json; charset=utf-8",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            "content-security-policy: default-src 'self'");
    assertThat(answer).contains("\r\n\r\n{\"code\":\"" + code + "\",\"message\":\"cannot ");
  }

  @Test
  void shouldCloseConnectionsThatNeverComeToAQuestion() throws Exception {
    Duration header = Duration.ofSeconds(2);
    HttpServer strict =
        new HttpServer(CONFIG, api, new ConnectionWatch(header, LONG, System::nanoTime));
    strict.start();
    ScheduledExecutorService trickle = Executors.newSingleThreadScheduledExecutor();
    try (Sockets loris = new Sockets(strict.uri())) {
      for (int i = 0; i < 600; i++) {
        loris.open(i % 3 == 0 ? "" : "GET / HTTP/1.1\r\nX: ");
      }
      trickle.scheduleWithFixedDelay(() -> loris.send("x"), 0, 200, TimeUnit.MILLISECONDS);
      Eventually.await("all of them to be closed", LONG, () -> loris.closed() == 600);
    } finally {
      trickle.shutdownNow();
      strict.close();
    }
  }

  @Test
  void shouldKeepAConnectionThatAsks() throws Exception {
    answer.countDown();
    AtomicLong now = new AtomicLong();
    ConnectionWatch watch =
        new ConnectionWatch(Duration.ofSeconds(20), Duration.ofSeconds(60), now::get);
    HttpServer patient = new HttpServer(CONFIG, api, watch);
    patient.start();
    try (Socket socket = new Socket(patient.uri().getHost(), patient.uri().getPort())) {
      socket.setSoTimeout((int) LONG.toMillis());
      for (int i = 0; i < 5; i++) {
        now.addAndGet(Duration.ofSeconds(19).toNanos());
        watch.sweep();
        socket
            .getOutputStream()
            .write("GET /v1/health/live HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
        byte[] bytes = new byte[2_000];
        int read = socket.getInputStream().read(bytes);
        assertThat(new String(bytes, 0, read, US_ASCII)).startsWith("HTTP/1.1 200");
      }
    } finally {
      patient.close();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Connections without a client's good manners. */
  private record Sockets(URI uri, List<SocketChannel> open) implements AutoCloseable {
    Sockets(URI uri) {
      this(uri, new ArrayList<>());
    }

    SocketChannel open(String begin) throws IOException {
      SocketChannel channel =
          SocketChannel.open(new InetSocketAddress(uri.getHost(), uri.getPort()));
      open.add(channel);
      channel.write(ByteBuffer.wrap(begin.getBytes(US_ASCII)));
      channel.configureBlocking(false);
      return channel;
    }

    void send(String more) {
      for (SocketChannel channel : open) {
        try {
          channel.write(ByteBuffer.wrap(more.getBytes(US_ASCII)));
        } catch (IOException e) {
          // Closed by the server, as is counted.
          continue;
        }
      }
    }

    long closed() {
      return open.stream().filter(Sockets::isClosed).count();
    }

    private static boolean isClosed(SocketChannel channel) {
      try {
        ByteBuffer bytes = ByteBuffer.allocate(4_000);
        int read = channel.read(bytes);
        while (read > 0) {
          bytes.clear();
          read = channel.read(bytes);
        }
        return read < 0;
      } catch (IOException e) {
        return true;
      }
    }

    /** What comes back until the server closes the connection, which it must. */
    String ask(String request) throws IOException {
      try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(request.getBytes(US_ASCII));
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try {
          socket.getInputStream().transferTo(answer);
        } catch (SocketException e) {
          // Reset: what was not read of the request is thrown away.
          return answer.toString(US_ASCII);
        }
        return answer.toString(US_ASCII);
      }
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel channel : open) {
        channel.close();
      }
    }
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

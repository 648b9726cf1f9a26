package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.testkit.Eventually;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over real sockets. */
class ConnectionBoundTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int MOST = 3;
  private static final String ASK = "GET /v1/health/live HTTP/1.1\r\nHost: here\r\n\r\n";

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);
  private final AtomicBoolean slow = new AtomicBoolean();
  private final List<Socket> sockets = new ArrayList<>();
  private final HttpServer server =
      new HttpServer(
          MillraceConfig.load(Optional.empty(), Map.of(), Map.of("serving.port", "0")).serving(),
          new HttpApi(null, null, null, null, null, null, null, null, this::alive),
          new ConnectionWatch(
              ConnectionWatch.HEADER, ConnectionWatch.ANSWER, System::nanoTime, MOST));

  @BeforeEach
  void start() {
    server.start();
  }

  @AfterEach
  void close() throws IOException {
    answer.countDown();
    for (Socket socket : sockets) {
      socket.close();
    }
    server.close();
  }

  @Test
  void shouldLetTheOldestThatAsksNothingGiveWay() throws Exception {
    for (int i = 0; i < 5 * MOST; i++) {
      assertThat(answered(connect())).as("connection %d", i).contains("200 OK");
    }

    List<Socket> newest = sockets.subList(sockets.size() - MOST, sockets.size());
    List<Socket> older = sockets.subList(0, sockets.size() - MOST);
    Eventually.await(
        "the older ones to be closed", LONG, () -> older.stream().allMatch(this::closed));
    assertThat(newest).noneMatch(this::closed);
  }

  @Test
  void shouldKeepTheOneThatIsBeingAnswered() throws Exception {
    Socket waits = connect();
    slow.set(true);
    waits.getOutputStream().write(ASK.getBytes(StandardCharsets.US_ASCII));
    assertThat(asked.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
    slow.set(false);

    for (int i = 0; i < 2 * MOST; i++) {
      assertThat(answered(connect())).contains("200 OK");
    }
    answer.countDown();

    assertThat(read(waits)).contains("200 OK");
  }

  @Test
  void shouldKeepTheOneThatReadsItsAnswers() throws Exception {
    int many = 300;
    Socket reads = new Socket();
    sockets.add(reads);
    reads.setReceiveBufferSize(4_096);
    reads.connect(new InetSocketAddress(server.uri().getHost(), server.uri().getPort()));
    reads.setSoTimeout((int) LONG.toMillis());
    String question = "GET /v1/openapi.json HTTP/1.1\r\nHost: a\r\n%s\r\n";
    String last = question.formatted("Connection: close\r\n");
    reads
        .getOutputStream()
        .write(
            (question.formatted("").repeat(many - 1) + last).getBytes(StandardCharsets.US_ASCII));
    assertThat(reads.getInputStream().read()).isEqualTo('H');

    for (int i = 0; i < 5 * MOST; i++) {
      assertThat(answered(connect())).contains("200 OK");
    }

    String all = new String(reads.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(all.split("TTP/1.1 200 OK", -1)).hasSize(many + 1);
    assertThat(all.strip()).endsWith("}");
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(server.uri().getHost(), server.uri().getPort());
    socket.setSoTimeout((int) LONG.toMillis());
    sockets.add(socket);
    return socket;
  }

  private String answered(Socket socket) throws IOException {
    socket.getOutputStream().write(ASK.getBytes(StandardCharsets.US_ASCII));
    return read(socket);
  }

  private static String read(Socket socket) throws IOException {
    byte[] buffer = new byte[4_096];
    int read = socket.getInputStream().read(buffer);
    return read < 0 ? "" : new String(buffer, 0, read, StandardCharsets.US_ASCII);
  }

  private boolean closed(Socket socket) {
    try {
      socket.setSoTimeout(50);
      // What is left of its answer comes first.
      while (socket.getInputStream().read() >= 0) {
        continue;
      }
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private Optional<String> alive() {
    if (slow.get()) {
      asked.countDown();
      try {
        answer.await(LONG.toSeconds(), TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return Optional.empty();
  }
}

package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.config.MillraceConfig;
import io.millrace.testkit.Eventually;
import java.io.IOException;
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
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.eclipse.jetty.io.EndPoint;
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
  void shouldCloseWhoIsMissedLeast() {
    AtomicLong now = new AtomicLong(Long.MAX_VALUE - 3);
    ConnectionWatch watch = new ConnectionWatch(LONG, LONG, now::getAndIncrement, 5);
    List<EndPoint> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      all.add(opened(watch));
    }
    EndPoint waits = all.get(0);
    EndPoint reads = all.get(1);
    EndPoint idle = all.get(2);
    EndPoint idleForLonger = all.get(3);
    EndPoint sends = all.get(4);
    watch.answering(waits);
    watch.making(waits);
    watch.answering(reads);
    watch.making(reads);
    watch.sending(reads, 1_000);
    watch.answering(idle);
    watch.answered(idle);
    watch.answering(sends);
    EndPoint last = waits;
    for (EndPoint next : List.of(idleForLonger, idle, reads, sends)) {
      assertThat(next.isOpen()).isTrue();
      last = opened(watch);
      assertThat(next.isOpen()).isFalse();
      watch.answering(last);
      watch.making(last);
    }
    assertThat(waits.isOpen()).isTrue();
    EndPoint newest = opened(watch);
    assertThat(newest.isOpen()).isTrue();
    assertThat(waits.isOpen()).isFalse();
    assertThat(last.isOpen()).isTrue();
  }

  private static EndPoint opened(ConnectionWatch watch) {
    EndPoint endPoint = new ByteArrayEndPoint();
    watch.onOpened(
        new AbstractConnection(endPoint, Runnable::run) {
          @Override
          public void onFillable() {
            throw new IllegalStateException("nothing is read of it");
          }
        });
    return endPoint;
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

package io.millrace.launcher.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.control.config.MillraceConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VerifierTest {
  private static final String ANSWER =
      "{\"view\":\"sales\",\"version\":\"1\",\"layer\":\"merged\",\"position\":{\"runId\":null,"
          + "\"boundary\":{},\"live\":{\"0\":%d},\"ageMs\":0,\"lost\":{}},\"columns\":[{\"name\":\"n\","
          + "\"type\":\"BIGINT\"}],\"rows\":[{\"n\":%d}],\"more\":false,\"cursor\":null}";

  @TempDir private Path dir;
  private HttpServer serving;
  private MillraceConfig config;

  /** Each answer is of one record more. */
  @BeforeEach
  void serve() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    serving = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 1);
    serving.createContext(
        "/",
        exchange -> {
          int n = asked.incrementAndGet();
          byte[] body = ANSWER.formatted(n, n).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    serving.start();
    config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of(
                "data.dir",
                dir.toString(),
                "serving.port",
                Integer.toString(serving.getAddress().getPort())));
  }

  @AfterEach
  void stop() {
    serving.stop(0);
  }

  @Test
  void shouldKeepAnAnswerThatAnotherVerificationDoesNotOverwrite() throws IOException {
    Path file = dir.resolve("millrace.yaml");
    try (Verifier mine = new Verifier(config, file);
        Verifier theirs = new Verifier(config, file)) {
      Verifier.Answer first = mine.fetch("sales", rows -> {});
      Verifier.Answer second = theirs.fetch("sales", rows -> {});

      assertThat(Files.readAllLines(first.file())).hasSize(2).last().isEqualTo("[1]");
      assertThat(Files.readAllLines(second.file())).hasSize(2).last().isEqualTo("[2]");
    }
    try (Stream<Path> left = Files.list(dir.resolve("verify"))) {
      assertThat(left).as("rows of a view that nobody reads any more").isEmpty();
    }
  }
}

package io.millrace.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.output.Format;
import io.millrace.launcher.output.SqlPrinter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SqlCommandTest {
  private static final String ANSWER =
      """
      {"relations":[{"view":"sales","version":"v","position":
        {"runId":"r1","boundary":{"0":3},"live":{"0":5},"ageMs":20,"lost":{}}}],
       "notes":["of all groups"],
       "columns":[{"name":"name","type":"STRING"},{"name":"n","type":"BIGINT"}],
       "rows":[{"name":"a","n":1},{"name":"b","n":null}],"more":true}""";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Console console = Console.plain(new PrintStream(out, true, StandardCharsets.UTF_8));
  private final List<String> asked = new ArrayList<>();
  private HttpServer serving;
  private int status = 200;
  private String answer = ANSWER;

  @BeforeEach
  void start() throws IOException {
    serving = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    serving.createContext(
        "/v1/sql",
        exchange -> {
          asked.add(
              exchange.getRequestMethod()
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          byte[] body = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    serving.start();
  }

  @AfterEach
  void stop() {
    serving.stop(0);
  }

  @Test
  void shouldPrintATableAndWhereTheViewsStood() {
    SqlPrinter.print("SELECT :x", ask(), Format.table, console);

    assertThat(asked)
        .containsExactly(
            "POST {\"sql\":\"SELECT :x\",\"limit\":2,\"parameters\":{\"x\":\"it's\"}}");
    assertThat(lines())
        .startsWith("name     n", "a        1", "b     NULL")
        .contains(
            "rows      2; there are more: --limit N, or OFFSET",
            "note      of all groups",
            "view      sales");
  }

  @Test
  void shouldPrintAPlanLineByLineWhole() {
    String line = "  scan of view sales: 1 key range by " + "(country = DE), ".repeat(9) + "…";
    answer =
        ANSWER.replaceAll("(?s)\"columns\".*", "")
            + "\"columns\":[{\"name\":\"plan\",\"type\":\"STRING\"}],"
            + "\"rows\":[{\"plan\":\"the first 3\"},{\"plan\":\""
            + line
            + "\"}],\"more\":false}";

    SqlPrinter.print(" explain SELECT :x", ask(), Format.table, console);

    assertThat(lines()).startsWith("the first 3", line).contains("view      sales");
  }

  @Test
  void shouldPrintTheAnswerAsItCame() {
    SqlPrinter.print("SELECT :x", ask(), Format.json, console);
    assertThat(String.join("", lines()).replace(" ", "")).isEqualTo(ANSWER.replaceAll("\\s", ""));
  }

  @Test
  void shouldSayWhatTheServingLayerSays() {
    status = 400;
    answer = "{\"code\":\"UNKNOWN_COLUMN\",\"message\":\"cannot answer: line 1, column 8: …\"}";
    assertThatThrownBy(this::ask)
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_COLUMN))
        .hasMessage("cannot answer: line 1, column 8: …");
  }

  private ServingClient.SqlAnswer ask() {
    MillraceConfig config =
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of("serving.port", Integer.toString(serving.getAddress().getPort())));
    return new ServingClient(config).sql("SELECT :x", Map.of("x", "it's"), 2);
  }

  private List<String> lines() {
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }
}

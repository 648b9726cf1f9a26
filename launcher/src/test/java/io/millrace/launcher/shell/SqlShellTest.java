package io.millrace.launcher.shell;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.millrace.control.config.MillraceConfig;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.output.Format;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jline.reader.Candidate;
import org.jline.reader.Parser;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is typed, and what a terminal shows then. */
final class SqlShellTest {
  private static final String ANSWER =
      """
      {"relations":[{"view":"sales","version":"v","position":
        {"runId":"r1","boundary":{"0":3},"live":{"0":5},"ageMs":20,"lost":{}}}],
       "notes":[],
       "columns":[{"name":"name","type":"STRING"},{"name":"n","type":"BIGINT"}],
       "rows":[{"name":"a","n":1},{"name":"%s","n":null}],"more":false}"""
          .formatted("long ".repeat(30));

  @TempDir private Path dir;
  private final List<String> asked = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer serving;
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private Terminal terminal;
  private Runnable meanwhile = () -> {};
  private int status = 200;
  private String answer = ANSWER;

  @BeforeEach
  void start() throws IOException {
    serving = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    serving.setExecutor(threads);
    serving.createContext(
        "/v1/",
        exchange -> {
          asked.add(
              exchange.getRequestURI()
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          meanwhile.run();
          byte[] body = body(exchange.getRequestURI().getPath()).getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Millrace-Rows", "1");
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    serving.start();
  }

  private String body(String path) {
    return switch (path) {
      case "/v1/views" ->
          "{\"views\":[{\"name\":\"gone away\"},{\"name\":\"sales\",\"source\":\"orders\",\"comment\":\"c\"}]}";
      case "/v1/views/sales" ->
          "{\"columns\":[{\"name\":\"name\",\"type\":\"STRING\",\"key\":true},"
              + "{\"name\":\"net worth\",\"type\":\"BIGINT\",\"key\":false}]}";
      default -> answer;
    };
  }

  @AfterEach
  void stop() {
    serving.stop(0);
    threads.shutdownNow();
  }

  @Test
  void shouldAskStatementsThatTakeSeveralLines() throws IOException {
    String shown = typed("SELECT name -- ;", "  FROM sales;", "SELECT ';' AS x; SELECT 2;");

    assertThat(asked)
        .filteredOn(request -> request.startsWith("/v1/sql"))
        .extracting(request -> request.replaceAll(".*\"sql\":\"(.*?)\",.*", "$1"))
        .containsExactly("SELECT name -- ;\\n  FROM sales", "SELECT ';' AS x", "SELECT 2");
    assertThat(shown.replace("\r", ""))
        .containsPattern("\na {55} +1\n")
        .contains("view      sales");
  }

  @Test
  void shouldTakeCommentsForNoStatement() {
    assertThat(Statements.of("SELECT 1; -- done").complete()).isTrue();
    assertThat(Statements.of("-- a;\n/* b; /* c; */ d; */ ;").whole()).isEmpty();
    assertThat(Statements.of("/* a; /* b */ SELECT 1;").complete()).isFalse();
    assertThat(Statements.of("/* a; /* b */ ; */ SELECT 1; /* c */ SELECT 2").whole())
        .containsExactly("/* a; /* b */ ; */ SELECT 1");
    assertThat(Statements.of("SELECT 1; /* c */ SELECT 2").rest()).isEqualTo(" /* c */ SELECT 2");
  }

  @Test
  void shouldCutWhatIsWiderThanTheTerminalAndShowItWholeExpanded() throws IOException {
    assertThat(typed("SELECT 1;").lines())
        .filteredOn(line -> !line.startsWith("position"))
        .allMatch(line -> line.length() <= 60)
        .anyMatch(line -> line.matches("long long .*… +NULL"));
    String shown = typed("\\x", "SELECT 1;");
    assertThat(shown.replace("\r", ""))
        .contains("-[ row 1 ]-\nname | a\nn    | 1\n-[ row 2 ]-\n")
        .contains("n    | NULL");
  }

  @Test
  void shouldShowWhereAStatementIsWrongAndGoOn() throws IOException {
    status = 400;
    answer =
        "{\"code\":\"UNKNOWN_COLUMN\",\"message\":\"cannot answer: line 2, column 3: found x\"}";
    String shown = typed("SELECT", "  nme FROM sales;", "\\nothing", "\\q");

    assertThat(shown.replace("\r", ""))
        .contains("\n  nme FROM sales\n  ^\n")
        .contains("UNKNOWN_COLUMN: cannot answer: line 2, column 3: found x")
        .contains("cannot do \\nothing: found no such command");
  }

  @Test
  void shouldGoOnWhereNobodyAnswers() throws IOException {
    serving.stop(0);
    String shown = typed("SELECT 1;", "\\d", "\\timing");

    assertThat(shown).contains("SERVING_UNREACHABLE: cannot ask the serving layer");
    assertThat(shown).contains("timing    on");
  }

  @Test
  void shouldGoOnAfterAnAnswerThatWasCancelled() throws IOException {
    meanwhile =
        () -> {
          if (asked.size() == 1) {
            terminal.raise(Terminal.Signal.INT);
            io.millrace.testkit.Eventually.await(
                "the word that it was cancelled",
                java.time.Duration.ofSeconds(20),
                () -> shown.toString(StandardCharsets.UTF_8).contains("cancelled"));
          }
        };
    String shown = typed("SELECT 1;", "SELECT 2;");

    assertThat(shown).contains("cancelled").contains("view      sales");
    assertThat(asked).hasSize(2);
  }

  @Test
  void shouldDescribeViewsAndTakeSettings() throws IOException {
    answer = "n\r\n1\r\n";
    Path file = dir.resolve("a.csv");
    String shown =
        typed(
            "\\dt", "\\d sales", "\\format csv", "\\limit all", "\\o " + file, "SELECT 1;", "\\o");

    assertThat(shown).containsPattern("sales +orders").contains("net worth  BIGINT  measure");
    assertThat(file).hasContent("n\r\n1\r\n");
    assertThat(shown).contains("1 rows, 6 bytes").contains("output    here");
    assertThat(asked.get(asked.size() - 1)).contains("\"limit\":\"all\"");
  }

  @Test
  void shouldRememberWhatWasTyped() throws IOException {
    typed("SELECT 1", "FROM sales;", "\\q");
    Path history = dir.resolve("home/history");
    assertThat(history).content().contains("SELECT 1\\nFROM sales;");
    assertThat(java.nio.file.Files.getPosixFilePermissions(history))
        .isEqualTo(java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void shouldCompleteNamesOfTheViewsThatAStatementNames() {
    KnownNames names = new KnownNames(this::client, System::nanoTime);
    assertThat(completed(names, "SELECT n", " FROM sales")).contains("name", "`net worth`", "not");
    assertThat(completed(names, "SELECT * FROM sa", "")).contains("sales");
    assertThat(completed(names, "SELECT * FROM gone", "")).containsExactly("`gone away`");
    assertThat(asked).anyMatch(request -> request.startsWith("/v1/views/gone%20away"));
    assertThat(completed(names, "SEL", "")).contains("SELECT");
    assertThat(completed(names, "\\f", "")).containsExactly("\\format");
    assertThat(completed(names, "\\format p", "")).containsExactly("parquet");
    io.millrace.testkit.Eventually.await(
        "functions of Spark",
        java.time.Duration.ofSeconds(30),
        () -> completed(names, "SELECT date_tr", "").contains("date_trunc"));
    assertThat(completed(names, "SELECT meas", "")).contains("measure");
  }

  private static List<String> completed(KnownNames names, String before, String behind) {
    List<Candidate> candidates = new ArrayList<>();
    new SqlCompleter(names)
        .complete(
            null,
            new SqlParser().parse(before + behind, before.length(), Parser.ParseContext.COMPLETE),
            candidates);
    return candidates.stream().map(Candidate::value).toList();
  }

  private ServingClient client() {
    return new ServingClient(
        MillraceConfig.load(
            Optional.empty(),
            Map.of(),
            Map.of("serving.port", Integer.toString(serving.getAddress().getPort()))));
  }

  /** Types lines, then Ctrl-D; returns what was shown. */
  private String typed(String... lines) throws IOException {
    shown.reset();
    byte[] input = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    try (Terminal typing =
        new DumbTerminal(
            "test", "dumb", new ByteArrayInputStream(input), shown, StandardCharsets.UTF_8)) {
      terminal = typing;
      terminal.setSize(new Size(60, 24));
      new SqlShell(
              terminal,
              this::client,
              dir.resolve("home/history"),
              Map.of(),
              Map.of(),
              "100",
              Format.table)
          .run();
    }
    return shown.toString(StandardCharsets.UTF_8).replaceAll("\033\\[[0-9;?]*[A-Za-z]", "");
  }
}

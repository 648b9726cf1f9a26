package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.LookupDefinition;
import io.millrace.serving.LiveModel;
import io.millrace.serving.OpenApi;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.testkit.Eventually;
import io.millrace.view.CompiledView;
import io.millrace.view.compile.LookupCompiler;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SqlApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant DAY = Instant.parse("2026-01-05T12:00:00Z");

  @TempDir static Path dir;

  private final OpenApi openApi = new OpenApi();
  private final Orders orders = new Orders(2, 1);
  private final HttpClient client = HttpClient.newHttpClient();
  private Replica replica;
  private HttpServer server;

  @BeforeAll
  void start() throws Exception {
    replica = new Replica(dir);
    CompiledView view = replica.apply(Orders.view("by_day", Orders.BY_DAY));
    orders.add(0, "books", 10, 2.0, DAY);
    orders.add(1, "books", 30, 4.0, DAY);
    orders.add(0, "toys", 5, null, DAY);
    replica.live(view, new LiveModel(view, orders).advance());
    replica.step();
    Files.writeString(dir.resolve("shelves.csv"), "category,shelf\nbooks,7\ntoys,8\n");
    List<LookupDefinition.Column> columns =
        List.of(
            new LookupDefinition.Column("category", "STRING"),
            new LookupDefinition.Column("shelf", "INT"));
    LookupDefinition shelves =
        new LookupDefinition(
            "shelves",
            LookupCompiler.version(
                LookupDefinition.Format.CSV, List.of("category"), columns, Map.of()),
            LookupDefinition.Format.CSV,
            dir.resolve("shelves.csv").toString(),
            List.of("category"),
            columns,
            Duration.ofMinutes(10),
            Map.of(),
            List.of());
    replica.lookups.update(Map.of("shelves", shelves));
    replica.lookups.step();
    Eventually.await(
        Duration.ofSeconds(20), () -> replica.lookups.reports().get(0).standing().isPresent());
    server =
        new HttpServer(
            MillraceConfig.load(Optional.empty(), Map.of(), Map.of("serving.port", "0")).serving(),
            replica.api);
    server.start();
  }

  @AfterAll
  void stop() {
    server.close();
    replica.close();
  }

  @Test
  void shouldAnswerAPostWithRowsAndWhereTheViewStood() throws Exception {
    JsonNode answer =
        post(
            200,
            """
            {"sql": "SELECT category, sum(orders) AS n, :x AS x FROM by_day WHERE category = :who GROUP BY category",
             "parameters": {"who": "books", "x": 1.50}, "limit": "all"}""");
    assertThat(answer.get("rows").toString())
        .isEqualTo("[{\"category\":\"books\",\"n\":2,\"x\":\"1.50\"}]");
    assertThat(answer.get("columns").toString())
        .isEqualTo(
            "[{\"name\":\"category\",\"type\":\"STRING\"},{\"name\":\"n\",\"type\":\"BIGINT\"},"
                + "{\"name\":\"x\",\"type\":\"DECIMAL(3,2)\"}]");
    assertThat(answer.at("/relations/0/view").asText()).isEqualTo("by_day");
    assertThat(answer.at("/relations/0/position/live").toString()).isEqualTo("{\"0\":2,\"1\":1}");
    assertThat(answer.get("more").asBoolean()).isFalse();
  }

  @Test
  void shouldAnswerALookupAndWhichContentOfIt() throws Exception {
    JsonNode answer = post(200, "{\"sql\": \"SELECT shelf FROM SHELVES WHERE category = 'toys'\"}");
    assertThat(answer.get("rows").toString()).isEqualTo("[{\"shelf\":8}]");
    JsonNode relation = answer.at("/relations/0");
    assertThat(relation.get("lookup").asText()).isEqualTo("shelves");
    assertThat(relation.at("/position/content").asText()).matches("[0-9a-f]{16}");
    assertThat(relation.at("/position/rows").asInt()).isEqualTo(2);

    HttpResponse<String> list =
        client.send(
            HttpRequest.newBuilder(server.uri().resolve("/v1/lookups")).build(),
            HttpResponse.BodyHandlers.ofString());
    JsonNode lookups = JSON.readTree(list.body());
    assertThat(openApi.judge("/v1/lookups", list.statusCode(), lookups)).isEmpty();
    assertThat(lookups.at("/lookups/0/position")).isEqualTo(relation.get("position"));
    assertThat(lookups.at("/lookups/0/ready").asBoolean()).isTrue();
    assertThat(lookups.at("/lookups/0/problem").isNull()).isTrue();
  }

  @Test
  void shouldJoinLookupsAndCountWhatTheyMiss() throws Exception {
    long before = missed();
    assertThat(
            post(
                    200,
                    """
                    {"sql": "SELECT s.shelf, MEASURE(orders) AS n FROM by_day d LEFT JOIN shelves s USING (category) GROUP BY s.shelf ORDER BY s.shelf"}""")
                .get("rows")
                .toString())
        .isEqualTo("[{\"shelf\":7,\"n\":2},{\"shelf\":8,\"n\":1}]");
    assertThat(missed()).isEqualTo(before);
    assertThat(
            post(
                    200,
                    """
                    {"sql": "SELECT v.c, s.shelf FROM (VALUES ('books'), ('none'), (NULL)) v(c) LEFT JOIN shelves s ON s.category = v.c"}""")
                .get("rows")
                .toString())
        .isEqualTo(
            "[{\"c\":\"books\",\"shelf\":7},{\"c\":\"none\",\"shelf\":null},{\"c\":null,\"shelf\":null}]");
    assertThat(missed()).as("NULL is no key").isEqualTo(before + 1);
    post(
        200,
        """
        {"sql": "SELECT v.c, s.shelf FROM (VALUES ('books'), ('none')) v(c) LEFT JOIN shelves s ON s.category = v.c WHERE v.c > 'books'"}""");
    assertThat(missed()).as("a condition on what is looked up").isEqualTo(before + 2);
    post(
        200,
        """
        {"sql": "SELECT v.c, s.shelf FROM (VALUES ('books'), ('toys')) v(c) LEFT JOIN shelves s ON s.category = v.c AND s.category > 'books'"}""");
    post(
        200,
        """
        {"sql": "SELECT v.c, s.shelf FROM (VALUES ('books'), ('toys')) v(c) LEFT JOIN (SELECT * FROM shelves WHERE category > 'books') s ON s.category = v.c"}""");
    assertThat(missed()).as("what a condition leaves out is there").isEqualTo(before + 2);
  }

  private long missed() {
    return replica.lookups.reports().get(0).missed();
  }

  @Test
  void shouldReadLookupsByRangesAndBesideViews() throws Exception {
    assertThat(
            post(
                    200,
                    "{\"sql\": \"EXPLAIN SELECT shelf FROM shelves WHERE category > 'c' AND shelf > 1\"}")
                .get("rows")
                .findValuesAsText("plan"))
        .containsExactly(
            "the answer's own limit",
            "  columns shelf",
            "    rows that meet (shelf > 1), tested on finished rows, which is no key range",
            "      scan of lookup shelves: 1 key range by (category > c)",
            "        read 1 rows in 1 seeks, 47 bytes of them",
            "rows: 1");
    assertThat(
            post(
                    200,
                    """
                    {"sql": "SELECT category, sum(n) AS n FROM (SELECT category, orders AS n FROM by_day UNION ALL SELECT category, shelf FROM shelves) GROUP BY category ORDER BY category"}""")
                .get("rows")
                .toString())
        .isEqualTo("[{\"category\":\"books\",\"n\":9},{\"category\":\"toys\",\"n\":9}]");
  }

  @Test
  void shouldAnswerAGetWithParameters() throws Exception {
    HttpResponse<String> reply =
        client.send(
            HttpRequest.newBuilder(
                    uri(
                        "?q=SELECT%20orders%20FROM%20by_day%20WHERE%20category%3D:who&limit=1"
                            + "&parameter.who=toys"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(reply.statusCode()).isEqualTo(200);
    assertThat(reply.headers().firstValue("Cache-Control")).hasValue("no-store");
    assertThat(JSON.readTree(reply.body()).get("rows").toString()).isEqualTo("[{\"orders\":1}]");
  }

  @Test
  void shouldExplain() throws Exception {
    JsonNode answer =
        post(200, "{\"sql\": \"EXPLAIN SELECT orders FROM by_day WHERE category = 'books'\"}");
    assertThat(answer.get("rows").findValuesAsText("plan"))
        .containsExactly(
            "the answer's own limit",
            "  columns orders",
            "    scan of view by_day: 1 key range by (category = books)",
            "      read 1 groups in 1 seeks: 0 bytes of no run, "
                + answer.get("rows").get(3).get("plan").asText().replaceAll(".*run, ", ""),
            "rows: 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{ | 400 | BAD_REQUEST | cannot answer: found a body that is no JSON",
        "[] | 400 | BAD_REQUEST | found a body that is no JSON object",
        "{\"sql\": 1} | 400 | BAD_REQUEST | found no text at 'sql'",
        "{\"sgl\": \"SELECT 1\"} | 400 | BAD_REQUEST | found unknown key 'sgl', expected one of [sql, parameters, limit, layer, at_least, timeout]; did you mean 'sql'?",
        "{\"sql\": \"SELECT 1\", \"limit\": 0} | 400 | BAD_REQUEST | found limit 0, expected a whole number from 1 to 1000000, or all",
        "{\"sql\": \"SELECT 1\", \"limit\": 9999999} | 400 | BAD_REQUEST | or raise serving.sql.rows",
        "{\"sql\": \"SELECT :a\", \"parameters\": {\"a\": [1]}} | 400 | BAD_REQUEST | found parameter 'a' that is an array or object",
        "{\"sql\": \"SELECT :a AS a\", \"parameters\": {\"a\": 1e99999999}} | 400 | BAD_REQUEST | expected at most 38 digits",
        "{\"sql\": \"SELECT :a AS a\", \"parameters\": {\"a\": 123456789012345678901234567890123456789}} | 400 | BAD_REQUEST | expected at most 38 digits",
        "{\"sql\": \"SELEC 1\"} | 400 | SQL_SYNTAX | cannot answer: line 1, column 1: Syntax error",
        "{\"sql\": \"SELECT cat FROM by_day\"} | 400 | UNKNOWN_COLUMN | line 1, column 8: found unknown column `cat`",
        "{\"sql\": \"SELECT 1 FROM x\"} | 404 | VIEW_UNKNOWN | line 1, column 15: cannot find view 'x'",
        "{\"sql\": \"SELECT a.day FROM by_day a JOIN by_day b\"} | 400 | NOT_SUPPORTED | found a join",
        "{\"sql\": \"SELECT space(2000000000)\"} | 422 | QUERY_LIMIT | found a value within an expression of more than",
        "{\"sql\": \"SELECT MEASURE(shelf) FROM shelves\"} | 400 | NOT_SUPPORTED | line 1, column 8: found `MEASURE(shelf)` of lookup shelves, whose rows have no states",
        "{\"sql\": \"\"} | 400 | SQL_SYNTAX | cannot answer",
        "{\"sql\": \"SET x=1\"} | 400 | INVALID_SQL | found the statement SetCommand",
        "{\"sql\": \"SELECT 1 AS `\\ud800`\"} | 400 | BAD_REQUEST | found half a character, \\ud800, in the body",
        "{\"\\udc00\": 1} | 400 | BAD_REQUEST | found half a character, \\udc00, in the body",
        "{\"sql\": \"SELECT '\\ud83d\\ude00x\\ud83d' AS a\"} | 400 | BAD_REQUEST | found half a character, \\ud83d",
        "{\"sql\": \"SELECT :a AS a\", \"parameters\": {\"a\": 1e38}} | 400 | BAD_REQUEST | expected at most 38 digits",
        "{\"sql\": \"SELECT 1; SELECT 2\"} | 400 | SQL_SYNTAX | cannot answer",
      })
  void shouldSayWhatIsWrongWithAQuestion(String body, int status, String code, String message)
      throws Exception {
    JsonNode answer = post(status, body);
    assertThat(answer.get("code").asText()).isEqualTo(code);
    assertThat(answer.get("message").asText()).startsWith("cannot ").contains(message);
  }

  @Test
  void shouldTakeNoBodyThatIsTooLong() throws Exception {
    JsonNode answer = post(413, "{\"sql\": \"" + "x".repeat(300_000) + "\"}");
    assertThat(answer.get("message").asText()).contains("expected a body of at most 262144 bytes");
  }

  @Test
  void shouldPostNowhereElse() throws Exception {
    HttpResponse<String> reply =
        client.send(
            HttpRequest.newBuilder(server.uri().resolve("/v1/views"))
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(reply.statusCode()).isEqualTo(405);
    assertThat(reply.body()).contains("expected GET or HEAD, or POST of /v1/sql");
  }

  private URI uri(String query) {
    return server.uri().resolve("/v1/sql" + query);
  }

  private JsonNode post(int status, String body) throws IOException, InterruptedException {
    HttpResponse<String> reply =
        client.send(
            HttpRequest.newBuilder(uri(""))
                .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    JsonNode answer = JSON.readTree(reply.body());
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    assertThat(openApi.judge("post", "/v1/sql", status, answer)).isEmpty();
    return answer;
  }
}

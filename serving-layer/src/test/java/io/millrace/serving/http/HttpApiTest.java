package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.serving.LiveModel;
import io.millrace.serving.OpenApi;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.view.CompiledView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HttpApiTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant DAY = Instant.parse("2026-01-05T12:00:00Z");

  @TempDir private Path dir;
  private final OpenApi openApi = new OpenApi();
  private Replica replica;
  private Orders orders;
  private CompiledView view;
  private LiveModel live;

  private record Got(int status, JsonNode body) {
    String message() {
      return body.path("message").asText();
    }

    String code() {
      return body.path("code").asText();
    }
  }

  @BeforeEach
  void start() {
    replica = new Replica(dir);
    orders = new Orders(2, 3);
    view = replica.apply(Orders.view("by_day", Orders.BY_DAY));
    live = new LiveModel(view, orders);
  }

  @AfterEach
  void stop() {
    replica.close();
  }

  @Test
  void shouldAnswerWithRowsAndTheirPosition() {
    ready();

    Got got = rows("category", "books");

    assertThat(got.status()).isEqualTo(200);
    JsonNode position = got.body().get("position");
    assertThat(position.get("runId").asText()).isEqualTo("20260101T000001Z-0001");
    assertThat(position.get("boundary").toString()).isEqualTo("{\"0\":2,\"1\":1}");
    assertThat(position.get("live").toString()).isEqualTo("{\"0\":3,\"1\":1}");
    assertThat(position.get("ageMs").asLong()).isBetween(0L, 600_000L);
    assertThat(got.body().get("columns").get(1).toString())
        .isEqualTo("{\"name\":\"day\",\"type\":\"TIMESTAMP\"}");
    assertThat(got.body().get("rows").toString())
        .isEqualTo(
            "[{\"category\":\"books\",\"day\":\"2026-01-05T00:00:00Z\",\"orders\":2,\"amount\":11,"
                + "\"price\":2.0,\"amounts\":2}]");
    assertThat(got.body().get("cursor").isNull()).isTrue();
  }

  @Test
  void shouldTakeConditionsInAllTheirForms() {
    ready();

    assertThat(count("category.eq", "books")).isEqualTo(1);
    assertThat(count("category.null", "true")).isEqualTo(1);
    assertThat(count("category.gt", "books")).isEqualTo(1);
    assertThat(count("category.gte", "books")).isEqualTo(2);
    assertThat(count("category.lt", "toys")).isEqualTo(1);
    assertThat(count("day.lte", "2026-01-05")).isEqualTo(3);
    assertThat(count("day.gt", "2026-01-05T00:00:00Z")).isZero();
    assertThat(rows("layer", "batch").body().get("rows")).hasSize(3);
    assertThat(rows("layer", "speed").body().get("rows")).hasSize(1);
    assertThat(rows("limit", "2").body().get("rows")).hasSize(2);
  }

  @Test
  void shouldTellAViewsColumnsFromTheWordsOfARequest() {
    columnNames(
        "SELECT category AS `limit`, amount AS `a.b`, count(*) AS n"
            + " FROM orders GROUP BY category, amount");

    assertThat(named("where.limit", "books")).isEqualTo(2);
    assertThat(named("limit.eq", "books")).isEqualTo(2);
    assertThat(named("$limit", "1")).isEqualTo(1);
    assertThat(named("$layer", "batch")).isEqualTo(3);
    assertThat(named("a.b.gte", "5")).isEqualTo(3);
    assertThat(named("where.a.b", "5")).isEqualTo(1);
    assertThat(named("where.`a.b`.lt", "5")).isEqualTo(1);
    assertBad(
        names("limit", "2"),
        "cannot answer: found parameter 'limit', which is a word of the request and a column of"
            + " view names, expected one of them; write $limit for the word, where.limit for the"
            + " column");
    assertBad(
        names("where.limitt", "2"),
        "cannot filter by limitt: found no such column, expected one of [limit, a.b], optionally"
            + " with .lt, .lte, .gt, .gte or .null; did you mean 'limit'?");
    assertBad(
        names("where.`a.b", "2"),
        "cannot filter by `a.b: found backticks that do not enclose a whole name, expected names"
            + " with a dot between, each bare or in backticks; write two backticks for one inside");
  }

  @Test
  void shouldRefuseAConditionThatCouldBeOfTwoColumns() {
    columnNames(
        "SELECT category AS x, amount AS `x.gte`, count(*) AS n"
            + " FROM orders GROUP BY category, amount");

    assertBad(
        names("x.gte", "5"),
        "cannot filter by x.gte: found a name of both column x and column x.gte, expected one"
            + " column; write the column's name in backticks: where.`x.gte`");
    assertThat(named("where.`x.gte`", "5")).isEqualTo(1);
    assertThat(named("where.`x`.gte", "toys")).isEqualTo(1);
    assertThat(named("where.x.gte.eq", "5")).isEqualTo(1);
  }

  /** A view called names, over four orders: (books, 1), (toys, 5), (null, 7), (books, 10). */
  private void columnNames(String sql) {
    ready();
    CompiledView other = replica.apply(Orders.view("names", sql));
    LiveModel otherLive = new LiveModel(other, orders);
    replica.live(other, otherLive.advance(0, 2));
    replica.live(other, otherLive.advance(1, 1));
    replica.completed(replica.lake.run(other, orders, otherLive.cut()));
    replica.live(other, otherLive.advance());
  }

  private Got names(String parameter, String value) {
    return get("/v1/views/{view}/rows", "names", Map.of(parameter, List.of(value)));
  }

  private int named(String parameter, String value) {
    Got got = names(parameter, value);
    assertThat(got.status()).as("%s", got.body()).isEqualTo(200);
    return got.body().get("rows").size();
  }

  @Test
  void shouldSayWhatIsWrongWithAQuestion() {
    ready();

    assertBad(
        rows("categry", "books"),
        "cannot filter by categry: found no such column, expected one of [category, day],"
            + " optionally with .lt, .lte, .gt, .gte or .null; did you mean 'category'?");
    assertBad(
        rows("limit", "0"),
        "cannot answer: found limit '0', expected a whole number from 1 on, or all; use cursor to"
            + " read more; for a column of that name write where.limit");
    assertBad(
        rows("layer", "fast"),
        "cannot answer: found layer 'fast', expected merged, batch or speed; choose one; for a"
            + " column of that name write where.layer");
    assertBad(
        rows("category.null", "no"),
        "cannot filter by category.null: found 'no', expected true; leave it out to get all rows");
    Got aggregate = rows("amount", "5");
    assertThat(aggregate.status()).isEqualTo(400);
    assertThat(aggregate.message()).startsWith("cannot ").contains("amount");
    Got literal = rows("day", "yesterdayish");
    assertThat(literal.status()).isEqualTo(400);
    assertThat(literal.message()).startsWith("cannot ").contains("yesterdayish");
    Got twice = get("/v1/views/{view}/rows", "by_day", Map.of("limit", List.of("1", "2")));
    assertBad(
        twice,
        "cannot answer: found parameter 'limit' 2 times, expected each at most once; send one"
            + " value");
    Got noConditionsHere = get("/v1/views/{view}", "by_day", Map.of("category", List.of("a")));
    assertBad(
        noConditionsHere,
        "cannot answer /v1/views/by_day: found query parameters [category], expected none;"
            + " conditions belong to /v1/views/{view}/rows");
  }

  @Test
  void shouldSayWhichViewWasMeant() {
    Got got = get("/v1/views/{view}/rows", "by_dya", Map.of());

    assertThat(got.status()).isEqualTo(404);
    assertThat(got.code()).isEqualTo("VIEW_UNKNOWN");
    assertThat(got.message())
        .isEqualTo(
            "cannot find view 'by_dya': found no such view, expected one of [by_day]; did you mean"
                + " 'by_day'?");
    assertThat(get("/v1/views/{view}", "nope", Map.of()).status()).isEqualTo(404);
  }

  @Test
  void shouldSayWhatAViewWaitsFor() {
    Got unread = rows();
    assertThat(unread.status()).isEqualTo(503);
    assertThat(unread.code()).isEqualTo("VIEW_NOT_READY");
    assertThat(unread.message())
        .isEqualTo("cannot answer view by_day yet: it waits for its speed topic to be looked up");

    replica.live(view, List.of());
    replica.step();
    assertThat(rows().message())
        .isEqualTo("cannot answer view by_day yet: it waits for its first run to complete");
    assertThat(ready("/v1/health/ready").status()).isEqualTo(200);

    assertThat(rows("layer", "batch").message())
        .isEqualTo("cannot answer view by_day yet: it waits for its first run to complete");

    orders.add(10);
    LiveModel late = new LiveModel(view, orders, Position.parse("0:1"));
    replica.live(view, late.advance());
    assertThat(rows("layer", "speed").status()).isEqualTo(200);
    assertThat(rows().message())
        .as("records below 1 are in no live state")
        .isEqualTo("cannot answer view by_day yet: it waits for its first run to complete");
    replica.announce(replica.lake.run(view, orders, Position.parse("0:1")));
    Got notReady = ready("/v1/health/ready");
    assertThat(notReady.status()).isEqualTo(503);
    assertThat(notReady.body().get("reasons").get(0).asText())
        .isEqualTo("cannot answer view by_day yet: it waits for its first run to complete");
  }

  @Test
  void shouldAnswerFromLiveStateAloneUntilTheFirstRunIsThere() {
    orders.add(10);
    replica.live(view, live.advance());
    replica.step();

    Got alone = rows();

    assertThat(alone.status()).isEqualTo(200);
    JsonNode position = alone.body().get("position");
    assertThat(position.get("runId").isNull()).isTrue();
    assertThat(position.get("boundary").toString()).isEqualTo("{}");
    assertThat(alone.body().get("rows")).isEqualTo(rows("layer", "speed").body().get("rows"));
    assertThat(get("/v1/views/{view}", "by_day", Map.of()).body().get("status").asText())
        .isEqualTo("ready");
    Position boundary = live.cut();
    replica.announce(replica.lake.run(view, orders, boundary));
    assertThat(rows().status()).as("a run that is not loaded yet").isEqualTo(200);
    replica.step();
    Got merged = rows();
    assertThat(merged.body().at("/position/runId").asText()).startsWith("2026");
    assertThat(merged.body().get("rows")).isEqualTo(alone.body().get("rows"));
  }

  @Test
  void shouldNotCallAViewUnknownBeforeItHasReadWhichThereAre() {
    try (Replica fresh = new Replica(dir.resolve("fresh"))) {
      assertThatThrownBy(() -> fresh.views.versions("by_day"))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.VIEW_NOT_READY))
          .hasMessage(
              "cannot answer view by_day yet: the serving layer is reading which views there are");
      fresh.views.update(fresh.state());
      assertThatThrownBy(() -> fresh.views.versions("by_day"))
          .hasMessageContaining("cannot find view 'by_day'");
    }
  }

  @Test
  void shouldShowAGapAndItsOffsets() {
    orders.add(40);
    replica.live(view, live.advance());
    replica.completed(replica.lake.run(view, orders, Position.parse("0:7,1:7")));

    Got got = get("/v1/views/{view}", "by_day", Map.of());

    assertThat(got.body().get("status").asText()).isEqualTo("not_ready");
    assertThat(got.body().at("/problem/code").asText()).isEqualTo("SEGMENT_GAP");
    assertThat(got.body().at("/problem/message").asText())
        .contains("found boundary 7 on partition 0, expected one of the cuts [0] or at least");
    assertThat(rows().status()).isEqualTo(503);
    assertThat(metrics())
        .contains("millrace_view_problem{code=\"SEGMENT_GAP\",view=\"by_day\"} 1.0")
        .contains("millrace_view_ready{view=\"by_day\"} 0.0");
  }

  @Test
  void shouldCountWhatItDoes() {
    ready();
    rows();
    rows("layer", "nonsense");

    assertThat(metrics())
        .contains("millrace_view_ready{view=\"by_day\"} 1.0")
        .contains("millrace_query_rows_total{layer=\"merged\",view=\"by_day\"} 3.0")
        .contains(
            "millrace_query_seconds_count{layer=\"unknown\",outcome=\"BAD_REQUEST\","
                + "view=\"by_day\"} 1")
        .contains("millrace_view_live_offsets{view=\"by_day\"} 4.0");
  }

  @Test
  void shouldSayWhichRunWasRefusedAndWhy() {
    ready();
    orders.add(300);
    replica.live(view, live.advance());
    RunRecord wrong = replica.lake.run(view, orders, live.cut(), (program, state, index) -> null);
    replica.live(view, live.advance());

    replica.completed(wrong);

    JsonNode runs = get("/v1/views/{view}", "by_day", Map.of()).body().get("runs");
    assertThat(runs.get(0).get("runId").asText()).isEqualTo(wrong.runId());
    assertThat(runs.get(0).get("refused").asText())
        .startsWith("cannot answer from run " + wrong.runId() + ": found ");
    assertThat(runs.get(1).get("answered").asBoolean()).isTrue();
    assertThat(runs.get(1).get("refused").isNull()).isTrue();
    assertThat(runs.get(0).get("audit").isNull()).isTrue();
    assertThat(runs.get(1).get("audit").get("outcome").asText()).isEqualTo("EQUAL");
    assertThat(runs.get(1).get("audit").get("by").asText()).isEqualTo("here:1");
  }

  @Test
  void shouldDescribeEveryAnswerItGives() {
    assertThat(get("/v1/health/live", "", Map.of()).status()).isEqualTo(200);
    replica.dead = "the thread that follows the speed topics has ended";
    Got dead = get("/v1/health/live", "", Map.of());
    assertThat(dead.status()).isEqualTo(503);
    assertThat(dead.body().get("dead").asText()).isEqualTo(replica.dead);
    get("/v1/openapi.json", "", Map.of());
    rows();
    ready("/v1/health/ready");
    replica.live(view, List.of());
    replica.announce(replica.lake.run(view, orders, Position.empty()));
    ready("/v1/health/ready");
    replica.step();
    orders.add(300);
    replica.live(view, live.advance());
    replica.completed(replica.lake.run(view, orders, live.cut()));
    replica.live(view, live.advance());
    get("/v1/views", "", Map.of());
    get("/v1/views", "", Map.of("x", List.of("y")));
    get("/v1/lookups", "", Map.of());
    get("/v1/lookups", "", Map.of("x", List.of("y")));
    get("/v1/views/{view}", "by_day", Map.of());
    get("/v1/views/{view}", "by_day", Map.of("x", List.of("y")));
    get("/v1/views/{view}", "other", Map.of());
    get("/v1/views/{view}/rows", "other", Map.of());
    rows("x", "y");
    assertThat(rows("at_least", "orders:0=1000000").status()).isEqualTo(504);
    get(
        "/v1/sql",
        "",
        Map.of("q", List.of("SELECT 1 FROM by_day"), "at_least", List.of("orders:0=1000000")));
    Got page = rows("limit", "1");
    String cursor = page.body().get("cursor").asText();
    rows("cursor", cursor);
    replica.nanoTime += Duration.ofHours(1).toNanos();
    rows("cursor", cursor);

    get(
        "/v1/sql",
        "",
        Map.of("q", List.of("SELECT category, MEASURE(orders) AS n FROM by_day GROUP BY 1")));
    get("/v1/sql", "", Map.of("q", List.of("SELECT nothing FROM by_day")));
    get("/v1/sql", "", Map.of("q", List.of("SELECT 1 FROM other")));
    get("/v1/sql", "", Map.of("q", List.of("SELECT space(2000000000)")));
    replica.apply(Orders.view("later", Orders.BY_DAY));
    get("/v1/sql", "", Map.of("q", List.of("SELECT 1 FROM later")));
    get("/v1/sql", "", Map.of("q", List.of("SELECT NULL AS n"), "format", List.of("parquet")));
    rows("$where", "space(2000000000) = ''");
    Reply form =
        replica.api.get(
            "/v1/views/by_day/rows",
            Map.of(),
            "client",
            new Wishes(List.of("text/html"), List.of()));
    assertThat(openApi.judge("/v1/views/{view}/rows", form.status(), json(form))).isEmpty();

    assertThat(openApi.judged()).isEqualTo(openApi.described());
  }

  @Test
  void shouldNameTheLeaseOfACursorInAHeaderThatStaysOnAllPages() {
    ready();
    String path = "/v1/views/by_day/rows";
    Reply first = replica.api.get(path, Map.of("limit", List.of("1")), "client");
    String cursor = cursor(first);
    Reply second =
        replica.api.get(path, Map.of("limit", List.of("1"), "cursor", List.of(cursor)), "client");
    Reply other = replica.api.get(path, Map.of("limit", List.of("1")), "client");
    Reply last = replica.api.get(path, Map.of("limit", List.of("100")), "client");

    String lease = first.headers().get("Millrace-Cursor-Lease");
    assertThat(lease).hasSize(21);
    assertThat(cursor).startsWith(lease);
    assertThat(cursor(second)).startsWith(lease).isNotEqualTo(cursor);
    assertThat(second.headers()).containsEntry("Millrace-Cursor-Lease", lease);
    assertThat(other.headers().get("Millrace-Cursor-Lease")).hasSize(21).isNotEqualTo(lease);
    assertThat(last.headers()).doesNotContainKey("Millrace-Cursor-Lease");
  }

  private static String cursor(Reply reply) {
    return json(reply).get("cursor").asText();
  }

  private static JsonNode json(Reply reply) {
    try {
      return JSON.readTree(reply.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldServeThePageAndItsParts() {
    assertThat(text("/")).contains("<title>Millrace</title>").contains("/app.js");
    assertThat(text("/app.js")).contains("/v1/views");
    assertThat(text("/app.css")).contains("prefers-color-scheme: dark");
    assertThat(text("/icon.svg")).contains("<svg");
    assertThat(replica.api.get("/etc/passwd", Map.of(), "client").status()).isEqualTo(404);
    assertThat(replica.api.get("/v1/views/by_day/columns", Map.of(), "client").status())
        .isEqualTo(404);
  }

  /** Two partitions; a run, and one order after it. */
  private void ready() {
    orders.add(0, "books", 1, 3.0, DAY);
    orders.add(0, "toys", 5, null, DAY);
    orders.add(1, null, 7, 4.5, DAY);
    replica.live(view, live.advance());
    Position boundary = live.cut();
    replica.completed(replica.lake.run(view, orders, boundary));
    orders.add(0, "books", 10, 1.0, DAY.plusSeconds(60));
    replica.live(view, live.advance());
  }

  private long count(String parameter, String value) {
    Got got = rows(parameter, value);
    assertThat(got.status()).as("%s", got.body()).isEqualTo(200);
    return got.body().get("rows").size();
  }

  private Got rows(String... parameters) {
    Map<String, List<String>> map = new LinkedHashMap<>();
    for (int i = 0; i < parameters.length; i += 2) {
      map.put(parameters[i], List.of(parameters[i + 1]));
    }
    return get("/v1/views/{view}/rows", "by_day", map);
  }

  private Got ready(String path) {
    return get(path, "", Map.of());
  }

  /** Every answer is held against the description. */
  private Got get(String template, String name, Map<String, List<String>> parameters) {
    Reply reply = replica.api.get(template.replace("{view}", name), parameters, "client");
    try {
      JsonNode body = JSON.readTree(reply.body());
      assertThat(openApi.judge(template, reply.status(), body)).as("%s", body).isEmpty();
      return new Got(reply.status(), body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String metrics() {
    return text("/metrics");
  }

  private String text(String path) {
    Reply reply = replica.api.get(path, Map.of(), "client");
    assertThat(reply.status()).isEqualTo(200);
    return new String(reply.body(), StandardCharsets.UTF_8);
  }

  private static void assertBad(Got got, String message) {
    assertThat(got.status()).isEqualTo(400);
    assertThat(got.code()).isEqualTo("BAD_REQUEST");
    assertThat(got.message()).isEqualTo(message);
  }
}

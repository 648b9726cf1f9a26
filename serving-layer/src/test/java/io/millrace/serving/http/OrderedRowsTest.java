package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.serving.LiveModel;
import io.millrace.serving.OpenApi;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.view.CompiledView;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of one view, in an order and under conditions of SQL. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OrderedRowsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path dir;

  private final OpenApi openApi = new OpenApi();
  private final Orders orders = new Orders(1, 1);
  private Replica replica;

  @BeforeAll
  void start() {
    replica = new Replica(dir);
    CompiledView view = replica.apply(Orders.view("by_day", Orders.BY_DAY));
    order("books", 10, "2026-01-01");
    order("books", 25, "2026-01-02");
    order("books", 15, "2026-01-02");
    order("toys", 45, "2026-01-02");
    order("garden", 99, "2026-01-03");
    order(null, 7, "2026-02-03");
    replica.live(view, new LiveModel(view, orders).advance());
    replica.step();
  }

  @AfterAll
  void stop() {
    replica.close();
  }

  @Test
  void shouldOrderChooseAndLeaveOut() {
    JsonNode answer =
        rows("$order_by", "amount DESC, category", "$columns", "category, amount", "$limit", "2");

    assertThat(answer.get("rows").toString())
        .isEqualTo(
            "[{\"category\":\"garden\",\"amount\":99},{\"category\":\"toys\",\"amount\":45}]");
    assertThat(answer.get("columns").findValuesAsText("name"))
        .containsExactly("category", "amount");
    assertThat(answer.at("/position/live").toString()).isEqualTo("{\"0\":6}");
    assertThat(answer.get("layer").asText()).isEqualTo("merged");
    assertThat(answer.get("more").asBoolean()).isTrue();
  }

  @Test
  void shouldTakeConditionsOnMeasuresBesideThoseOnGroupColumns() {
    assertThat(categories("$where", "amount > 10 AND orders = 1"))
        .containsExactly("garden", "toys");
    assertThat(categories("$where", "amount >= 10", "category", "books")).hasSize(2);
    assertThat(categories("$where", "amount >= 10", "day.gte", "2026-01-02"))
        .containsExactly("books", "garden", "toys");
    assertThat(categories("$where", "true", "category.null", "true")).containsExactly("null");
    assertThat(categories("$where", "category = :who", "$parameter.who", "toys"))
        .containsExactly("toys");
    assertThat(categories("$order_by", "category nulls last, day desc"))
        .containsExactly("books", "books", "garden", "toys", "null");
    assertThat(categories("$order_by", "substr(category, 1, 1) desc, if(amount > 1, 1, 2)"))
        .startsWith("toys");
  }

  @Test
  void shouldGoOnAtTheSamePositionInTheSameOrder() {
    Map<String, String> asked = new LinkedHashMap<>(Map.of("$order_by", "amount DESC"));
    asked.put("$limit", "2");
    CompiledView view = replica.apply(Orders.view("paged", Orders.BY_DAY));
    LiveModel live = new LiveModel(view, orders);
    replica.live(view, live.advance());
    replica.step();
    List<String> amounts = new ArrayList<>();
    JsonNode page = get("paged", asked, 200);
    JsonNode first = page;
    order("new", 1_000, "2026-01-05");
    replica.live(view, live.advance());
    while (true) {
      page.get("rows").forEach(row -> amounts.add(row.get("amount").asText()));
      assertThat(page.at("/position/live")).isEqualTo(first.at("/position/live"));
      if (page.get("cursor").isNull()) {
        break;
      }
      asked.put("$cursor", page.get("cursor").asText());
      page = get("paged", asked, 200);
    }
    assertThat(amounts).containsExactly("99", "45", "40", "10", "7");
    assertThat(page.get("more").asBoolean()).isFalse();
    JsonNode again = get("paged", asked, 200);
    assertThat(again.get("rows")).as("a page is asked for again").isEqualTo(page.get("rows"));
    asked.put("$order_by", "amount");
    assertThat(get("paged", asked, 400).get("message").asText())
        .startsWith("cannot go on at this cursor: found another view, layer or conditions");
    JsonNode alone = rows("$order_by", "amount DESC", "$limit", "1", "$cursor", "none");
    assertThat(alone.get("cursor").isNull()).isTrue();
    assertThat(alone.get("more").asBoolean()).isTrue();
  }

  @Test
  void shouldHaveOneTimeOfAskingInAllPages() {
    Map<String, String> asked = new LinkedHashMap<>();
    asked.put("$columns", "day, current_timestamp");
    asked.put("$where", "day < now() AND day < current_date() AND localtimestamp() > day");
    asked.put("$limit", "1");
    JsonNode first = rows(asked);
    asked.put("$cursor", first.get("cursor").asText());
    JsonNode second = rows(asked);

    assertThat(second.at("/rows/0/current_timestamp()").asText())
        .startsWith("20")
        .isEqualTo(first.at("/rows/0/current_timestamp()").asText());
    assertThat(second.get("rows")).hasSize(1);
  }

  @Test
  void shouldTakeACursorForWhatItWasMadeFor() {
    String plain = rows("$limit", "1").get("cursor").asText();
    String ordered = rows("$limit", "1", "$order_by", "amount").get("cursor").asText();
    byte[] changed = java.util.Base64.getUrlDecoder().decode(ordered);
    changed[16] |= (byte) 0x80;

    // One says a group key, the other how many rows come before.
    assertThat(get(Map.of("$cursor", plain, "$limit", "all"), 400).get("message").asText())
        .startsWith("cannot go on at this cursor: found another view, layer or conditions");
    Map<String, String> tampered =
        Map.of(
            "$order_by",
            "amount",
            "$cursor",
            java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(changed));
    assertThat(get(tampered, 400).get("message").asText())
        .startsWith("cannot go on at this cursor: found text that was changed");
  }

  @Test
  void shouldAnswerAsManyRowsAsSqlMay() {
    assertThat(rows("$limit", "all").get("rows")).hasSize(5);
    assertThat(rows("$limit", "20000", "category", "books").get("rows")).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "$where | 1 = 1) UNION ALL SELECT * FROM other -- | SQL_SYNTAX | cannot answer: $where: line 1, column 6",
        "$where | true LIMIT 1 | SQL_SYNTAX | cannot answer: $where: line 1, column 6",
        "$where | true; DROP TABLE x | SQL_SYNTAX | cannot answer: $where: line 1, column 5",
        "$where | amount > | SQL_SYNTAX | cannot answer: $where: line 1, column 9",
        "$where | amount AS a | BAD_REQUEST | cannot answer: $where: found a name given by AS",
        "$where | EXISTS (SELECT 1 FROM by_day) | NOT_SUPPORTED | sub-query",
        "$where | category IN (SELECT name FROM other) | NOT_SUPPORTED | sub-query",
        "$where | sum(amount) > 1 | INVALID_SQL | contains invalid expressions: sum",
        "$where | amont > 1 | UNKNOWN_COLUMN | found unknown column `amont`",
        "$order_by | amount DESC LIMIT 1 | SQL_SYNTAX | cannot answer: $order_by: line 1, column 13",
        "$order_by | amount DESC, day UNION SELECT 1 | SQL_SYNTAX | cannot answer: $order_by: line 1, column 24",
        "$order_by | amount,, day | BAD_REQUEST | cannot answer: $order_by: found nothing before or behind a comma",
        "$order_by | amount -- , | BAD_REQUEST | cannot answer: $order_by",
        "$columns | amount + 1 | BAD_REQUEST | cannot answer: $columns: found 'amount + 1', expected names of columns with commas between; ask for what is computed by /v1/sql",
        "$columns | amount FROM other | SQL_SYNTAX | cannot answer: $columns: line 1, column 8",
        "$columns | amount, amount | INVALID_SQL | found column `amount` twice",
        "$parameter.x | 1 | BAD_REQUEST | found parameter '$parameter.x', expected a $where or $order_by that names it",
      })
  void shouldTakeEachPartAsWhatItIsAndNothingElse(
      String parameter, String text, String code, String message) {
    JsonNode error = get(Map.of(parameter, text), 400);
    assertThat(error.get("message").asText()).startsWith("cannot answer: ").contains(message);
    assertThat(error.get("code").asText()).isEqualTo(code);
  }

  @Test
  void shouldSayWhatDoesNotGoTogether() {
    JsonNode speed = rows("$order_by", "amount DESC", "$layer", "speed", "$limit", "1");
    assertThat(speed.get("layer").asText()).isEqualTo("speed");
    assertThat(speed.at("/rows/0/amount").asLong()).isEqualTo(99);
    assertThat(get(Map.of("$where", "true", "day", "yesterdayish"), 400).get("message").asText())
        .contains("yesterdayish");
    assertThat(get(Map.of("$limit", "100000000"), 400).get("message").asText())
        .contains("raise serving.sql.rows");
    assertThat(get(Map.of("$where", "space(2000000000) = ''"), 422).get("code").asText())
        .isEqualTo("QUERY_LIMIT");
  }

  private void order(String category, long amount, String day) {
    orders.add(0, category, amount, 1.0, Instant.parse(day + "T10:00:00Z"));
  }

  private List<String> categories(String... parameters) {
    List<String> categories = new ArrayList<>();
    rows(parameters).get("rows").forEach(row -> categories.add(row.get("category").asText()));
    return categories;
  }

  private JsonNode rows(String... parameters) {
    Map<String, String> asked = new LinkedHashMap<>();
    for (int i = 0; i < parameters.length; i += 2) {
      asked.put(parameters[i], parameters[i + 1]);
    }
    return rows(asked);
  }

  private JsonNode rows(Map<String, String> parameters) {
    return get(parameters, 200);
  }

  private JsonNode get(Map<String, String> parameters, int status) {
    return get("by_day", parameters, status);
  }

  private JsonNode get(String view, Map<String, String> parameters, int status) {
    Map<String, List<String>> sent = new LinkedHashMap<>();
    parameters.forEach((name, value) -> sent.put(name, List.of(value)));
    Reply reply = replica.api.get("/v1/views/" + view + "/rows", sent, "client");
    try {
      JsonNode body = JSON.readTree(reply.body());
      assertThat(reply.status()).as("%s", body).isEqualTo(status);
      assertThat(openApi.judge("/v1/views/{view}/rows", status, body)).isEmpty();
      return body;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}

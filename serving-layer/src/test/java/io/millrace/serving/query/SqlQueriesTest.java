package io.millrace.serving.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.view.CompiledView;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SqlQueriesTest {
  private static final Pattern READ = Pattern.compile("read (\\d+) groups in (\\d+) seeks");

  @TempDir static Path dir;

  private final Orders orders = new Orders(2, 11);
  private Replica replica;

  @BeforeAll
  void load() {
    replica = new Replica(dir);
    Instant first = Instant.parse("2026-01-01T00:00:00Z");
    for (int day = 0; day < 40; day++) {
      for (String category : new String[] {"books", "toys", "garden", "music", null}) {
        orders.add(day % 2, category, day, 1.5 * day, first.plus(Duration.ofHours(24 * day + 6)));
      }
    }
    orders.add(300);
    List<ViewDefinition> definitions =
        List.of(
            Orders.view("by_day", Orders.BY_DAY),
            Orders.view(
                "by_hour",
                "SELECT window(ordered_at, '1 hour') AS window, category, count(*) AS orders"
                    + " FROM orders GROUP BY window(ordered_at, '1 hour'), category"),
            Orders.view(
                "sliding",
                "SELECT window(ordered_at, '2 days', '1 day') AS window, category, count(*) AS orders"
                    + " FROM orders GROUP BY window(ordered_at, '2 days', '1 day'), category"),
            Orders.view(
                "sets",
                "SELECT category, amount % 3 AS rest, count(*) AS orders FROM orders"
                    + " GROUP BY GROUPING SETS ((category, amount % 3), (category))"),
            Orders.view(
                "big",
                "SELECT category, concat(category, count(*)) AS label, count(*) AS orders"
                    + " FROM orders GROUP BY category HAVING count(*) > 100"));
    for (ViewDefinition definition : definitions) {
      CompiledView view = replica.apply(definition);
      LiveModel live = new LiveModel(view, orders);
      replica.live(view, live.advance());
      replica.completed(replica.lake.run(view, orders, live.cut()));
    }
  }

  @AfterAll
  void close() {
    replica.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT orders FROM by_day WHERE category = 'books' AND day = '2026-01-04' | 1 | 1",
        "SELECT orders FROM by_day WHERE day = '2026-01-04' AND category IN ('books', 'toys') | 2 | 2",
        "SELECT orders FROM by_day WHERE category IN ('books', 'toys', 'x') AND day <= '2026-01-02' | 4 | 3",
        "SELECT orders FROM by_day WHERE category = 'books' AND day BETWEEN '2026-01-04' AND '2026-01-06' | 3 | 1",
        "SELECT orders FROM by_day WHERE category LIKE 'none%' | 0 | 1",
        "SELECT orders FROM by_day WHERE category = 'books' AND category = 'toys' | 0 | 0",
        "SELECT orders FROM by_day WHERE category IS NULL AND day = '2026-01-04' | 1 | 1",
        "SELECT orders FROM by_day WHERE (category = 'books' OR category = 'toys') AND day = '2026-01-04' | 2 | 2",
        "SELECT o FROM (SELECT category AS c, day AS d, orders AS o FROM by_day) WHERE c = 'books' AND d = '2026-01-04' | 1 | 1",
        "SELECT MEASURE(orders) AS n FROM by_day WHERE category = 'books' AND day < '2026-01-04' GROUP BY day | 3 | 1",
        "SELECT * FROM (SELECT day, MEASURE(orders) AS n, category FROM by_day GROUP BY day, category) WHERE category = 'toys' AND day = '2026-01-04' | 1 | 1",
        "SELECT orders FROM by_hour WHERE window.start = '2026-01-04T06:00:00Z' | * | 1",
        "SELECT orders FROM by_hour WHERE window.start = '2026-01-04T06:00:00Z' AND window.end = '2026-01-04T07:00:00Z' AND category = 'none' | 0 | 1",
        "SELECT orders FROM by_day WHERE orders > 5 | * | 1",
        "SELECT orders FROM by_day ORDER BY category, day LIMIT 3 | 3 | 1",
        "SELECT d AS x FROM (SELECT category AS c, day AS d FROM by_day) WHERE c = 'books' ORDER BY d LIMIT 2 OFFSET 1 | 3 | 1",
        "SELECT orders FROM by_day WHERE category IN ('books', 'toys') ORDER BY category, day LIMIT 2 | 2 | 1",
        "SELECT orders FROM by_day WHERE category = 'books' AND day > '2026-01-04' ORDER BY category, day LIMIT 2 | 2 | 1",
        "SELECT a.orders, b.n FROM by_day a JOIN (VALUES (1, 2)) b(x, n) ON a.orders > 0 AND b.x = a.orders / a.orders WHERE a.category = 'toys' ORDER BY a.day LIMIT 2 | 2 | 1",
      })
  void shouldReadTheKeysThatCanBeWantedAlone(String sql, String groups, int seeks) {
    String plan = String.join("\n", plan(sql));
    Matcher read = READ.matcher(plan);
    assertThat(read.find()).isTrue();
    if (!groups.equals("*")) {
      assertThat(read.group(1)).as(plan).isEqualTo(groups);
    }
    assertThat(read.group(2)).as(plan).isEqualTo(Integer.toString(seeks));
  }

  /** What is held says which groups of the other side are read. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT v.orders FROM by_day v JOIN (VALUES ('books'), ('none'), (NULL)) d(c) ON v.category = d.c WHERE v.day = '2026-01-04' | 1 | 2",
        "SELECT v.orders FROM by_day v JOIN (VALUES ('books', TIMESTAMP'2026-01-04'), ('toys', TIMESTAMP'2026-01-05')) d(c, t) ON v.category = d.c AND v.day = d.t | 4 | 4",
        "SELECT d.x, MEASURE(orders) AS n FROM by_day v JOIN (VALUES ('books', 1), ('toys', 1)) d(c, x) ON v.category = d.c WHERE v.day = '2026-01-04' GROUP BY d.x | 2 | 2",
        "SELECT n FROM (SELECT category AS k, day AS t, orders AS n FROM by_day) v LEFT SEMI JOIN (VALUES ('books')) d(c) ON v.k = d.c AND v.t = '2026-01-04' | 1 | 1",
        "SELECT n FROM (SELECT category AS k, day AS t, orders AS n FROM by_day) v JOIN (VALUES ('books'), ('toys')) d(c) ON v.k = d.c JOIN (VALUES ('toys'), ('music')) e(c) ON v.k = e.c WHERE t = '2026-01-04' | 1 | 1",
        "SELECT orders FROM by_day WHERE category IN (SELECT c FROM VALUES ('books'), ('toys') t(c)) AND day = '2026-01-04' | 2 | 2",
        "SELECT MEASURE(orders) AS n FROM by_day WHERE category IN (SELECT c FROM VALUES ('books') t(c)) AND day < '2026-01-04' | 3 | 1",
        "SELECT v.orders FROM by_day v JOIN (SELECT 'x' AS c WHERE 1 = 2) d ON v.category = d.c | 0 | 0",
        "SELECT v.orders FROM by_day v LEFT JOIN (VALUES ('books')) d(c) ON v.category = d.c WHERE v.day = '2026-01-04' | * | 1",
      })
  void shouldReadOfOneSideWhatTheOtherAsksFor(String sql, String groups, int seeks) {
    shouldReadTheKeysThatCanBeWantedAlone(sql, groups, seeks);
  }

  @Test
  void shouldSayInAPlanWhatIsJoinedAndWhatAWindowIsOver() {
    assertThat(
            plan(
                "SELECT a.day, rank() OVER (PARTITION BY a.category ORDER BY b.orders DESC) AS r"
                    + " FROM by_day a LEFT JOIN by_hour b ON a.category = b.category AND a.day ="
                    + " b.window.start AND b.orders > a.orders WHERE a.category = 'toys'"))
        .anyMatch(
            line ->
                line.strip()
                    .equals(
                        "left outer join: each row of the first input with each, or none, of the"
                            + " second, which is held, by `a.category = b.category`, `a.day ="
                            + " b.window.start`, of those that meet `b.orders > a.orders`"))
        .noneMatch(line -> line.contains("where it has few"))
        .anyMatch(line -> line.strip().startsWith("window over rows of the same category by "))
        .anyMatch(line -> line.contains("scan of view by_day: 1 key range by (category = toys)"))
        .anyMatch(line -> line.contains("scan of view by_hour: all groups; each key tested by"));
  }

  @Test
  void shouldSayInAPlanThatAJoinSaysWhatIsRead() {
    assertThat(
            plan(
                "SELECT v.day FROM by_day v JOIN (VALUES ('books'), ('toys')) d(c) ON v.category ="
                    + " d.c"))
        .anyMatch(
            line ->
                line.strip()
                    .equals(
                        "inner join: each row of the first input with each of the second, which is"
                            + " held, by `v.category = d.c`; where it has few, only their groups of"
                            + " the first are read"))
        .anyMatch(line -> line.contains("read 80 groups in 2 seeks"));
  }

  @Test
  void shouldMergeOverAJoinOfARollUpAndACommaJoin() {
    String sides =
        "(SELECT a.category AS c FROM by_day a, by_day b WHERE a.category = b.category AND a.day ="
            + " b.day GROUP BY a.category)";
    assertThat(
            Asked.of(
                    replica.sql,
                    "SELECT MEASURE(orders) AS n FROM by_day v JOIN "
                        + sides
                        + " s ON v.category = s.c")
                .only())
        .isEqualTo(
            Asked.of(
                    replica.sql,
                    "SELECT MEASURE(orders) AS n FROM by_day WHERE category IS NOT NULL")
                .only());
  }

  @Test
  void shouldSeekOnlyTheWindowsOfARange() {
    int all = groups("SELECT orders FROM by_hour");
    int day =
        groups(
            "SELECT orders FROM by_hour WHERE window.start >= '2026-01-04'"
                + " AND window.start < '2026-01-05'");
    assertThat(day).isPositive().isLessThan(all / 10);
    assertThat(
            Asked.of(
                    replica.sql,
                    "SELECT count(*) AS n FROM by_hour WHERE date(window.start) = '2026-01-04'")
                .only())
        .containsExactly((long) day);
  }

  @Test
  void shouldSayInAPlanWhatIsNoKeyRangeAndWhy() {
    assertThat(
            plan(
                "SELECT category FROM by_day WHERE day = '2026-01-04' AND upper(category) = 'TOYS'"
                    + " AND orders > 1 ORDER BY orders DESC LIMIT 3"))
        .anyMatch(line -> line.strip().equals("the first 3 by orders DESC NULLS LAST"))
        .anyMatch(
            line ->
                line.contains(
                    "rows that meet (orders > 1), tested on finished rows, which is no key range"))
        .anyMatch(
            line ->
                line.contains("scan of view by_day: all groups; each key tested by (day = ")
                    && line.contains("a group column before it in the key has no single values")
                    && line.contains(
                        "each key tested by (upper(category) = TOYS), which is no key range: it does"
                            + " not compare a group column with constants"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT categry FROM by_day | UNKNOWN_COLUMN | cannot answer: line 1, column 8: found unknown column `categry`, expected one of `category`, `amount`, | did you mean `category`?",
        "SELECT upperr(category) FROM by_day | INVALID_SQL | line 1, column 8: found unknown function `upperr` | did you mean upper?",
        "SELECT 1 FROM by_dy | VIEW_UNKNOWN | line 1, column 15: cannot find view 'by_dy' | did you mean 'by_day'?",
        "SELECT day FROM by_day WHERE day > | SQL_SYNTAX | cannot answer: line 1, column 35: Syntax error | correct the SELECT",
        "DROP TABLE by_day | INVALID_SQL | found the statement DropTable, expected a SELECT | serving only reads",
        "SELECT a.day FROM by_day a JOIN by_hour b ON a.orders > b.orders | NOT_SUPPORTED | column 28: found a join by `a.orders > b.orders` alone, expected something of one side that equals something of the other | JOIN … ON a.x = b.x",
        "SELECT 1 AS one FROM by_day CROSS JOIN by_hour | NOT_SUPPORTED | column 29: found a join of every row with every row | JOIN … ON a.x = b.x",
        "SELECT 1 AS one FROM by_day a, by_hour b WHERE a.orders = 1 | NOT_SUPPORTED | found a join of every row with every row | JOIN … ON a.x = b.x",
        "SELECT 1 AS one FROM by_day, LATERAL (SELECT 1 AS x) | NOT_SUPPORTED | found a lateral join | ask each view",
        "SELECT MEASURE(a.orders) AS n FROM by_day a JOIN by_hour b ON a.category = b.category | NOT_SUPPORTED | column 8: found `MEASURE(a.orders)` over a join by `a.category = b.category`, where a group may meet several rows | a sub-select that is grouped by",
        "SELECT MEASURE(a.orders) AS n FROM by_day a JOIN (VALUES ('books', 1), ('books', 2)) b(c, d) ON a.category = b.c | NOT_SUPPORTED | where a group may meet several rows | a sub-select that is grouped by",
        "SELECT MEASURE(a.orders) AS n, MEASURE(b.orders) AS m FROM by_day a JOIN by_day b USING (category, day) | NOT_SUPPORTED | beside MEASURE of another side of the join | a sub-select of its own",
        "SELECT MEASURE(b.orders) AS n FROM by_day a LEFT JOIN by_day b USING (category, day) | NOT_SUPPORTED | over the side of an outer join that may be missing | turn the sides of the join round",
        "SELECT MEASURE(a.orders) AS n FROM by_day a JOIN by_hour b ON a.orders = b.orders AND a.category = b.category | NOT_SUPPORTED | where a group may meet several rows | a sub-select that is grouped by",
        "SELECT MEASURE(a.orders) AS n FROM by_day a JOIN (SELECT orders FROM by_day GROUP BY orders) b ON a.orders = b.orders | NOT_SUPPORTED | which is not of group columns alone | filter a sub-select",
        "SELECT MEASURE(d.x) AS n FROM by_day a JOIN (VALUES ('books', 1)) d(c, x) ON a.category = d.c | NOT_SUPPORTED | over a LocalRelation | in the innermost SELECT",
        "SELECT MEASURE(orders) OVER (ORDER BY day) AS n FROM by_day | NOT_SUPPORTED | column 8: found `MEASURE(orders) OVER (ORDER BY day)` OVER a window | MEASURE in a sub-select",
        "SELECT collect_list(day) OVER (ORDER BY day) AS n FROM by_day | NOT_SUPPORTED | OVER a window, whose value depends on the order of rows | use one of those",
        "SELECT orders FROM by_day WHERE orders > (SELECT 1) | NOT_SUPPORTED | found sub-query `(SELECT 1)` | as a parameter",
        "SELECT orders FROM by_day WHERE category NOT IN (SELECT category FROM by_hour) | NOT_SUPPORTED | column 42: found sub-query `NOT IN (SELECT category FROM by_hour)` | LEFT ANTI JOIN for NOT",
        "SELECT orders FROM by_day WHERE orders > 1 OR category IN (SELECT category FROM by_hour) | NOT_SUPPORTED | found sub-query | as a condition of its own in WHERE",
        "SELECT orders FROM by_day WHERE EXISTS (SELECT category FROM by_hour) | NOT_SUPPORTED | found sub-query | LEFT SEMI JOIN for EXISTS",
        "SELECT orders FROM by_day WHERE category IN (SELECT categry FROM by_hour) | UNKNOWN_COLUMN | line 1, column 53: found unknown column `categry` | did you mean `category`?",
        "SELECT orders FROM by_day WHERE category IN (SELECT category, orders FROM by_hour) | INVALID_SQL | does not match the number of source expressions: 1 | correct the SELECT",
        "SELECT rand() FROM by_day | NOT_SUPPORTED | column 8: found non-deterministic `rand()` | derive it from the row",
        "SELECT reflect('java.lang.System', 'exit', 1) FROM by_day | NOT_SUPPORTED | found non-deterministic | derive it from the row",
        "SELECT MEASURE(orders), count(*) FROM by_day | NOT_SUPPORTED | found `count(*)` beside MEASURE | in another SELECT",
        "SELECT MEASURE(category) FROM by_day | NOT_SUPPORTED | which is a group column, expected one of the measures [orders, amount, price, amounts] | GROUP BY",
        "SELECT MEASURE(orders + 1) FROM by_day | NOT_SUPPORTED | of an expression, expected one of the measures | MEASURE(a) / MEASURE(b)",
        "SELECT MEASURE(orders) FROM by_day GROUP BY amount | NOT_SUPPORTED | grouping by `amount`, which is not of group columns alone | group a sub-select",
        "SELECT MEASURE(orders) FROM by_day WHERE orders > 3 | NOT_SUPPORTED | beside MEASURE, which is not of group columns alone | HAVING MEASURE",
        "SELECT MEASURE(orders) FROM sliding GROUP BY category | NOT_SUPPORTED | over window, of which a record has several | add them to GROUP BY",
        "SELECT MEASURE(orders) FROM sets GROUP BY category | NOT_SUPPORTED | of which a record has several (sliding windows or GROUPING SETS) | ask a view without them",
        "SELECT MEASURE(label) FROM big | NOT_SUPPORTED | which is made of group columns too | name group columns in GROUP BY",
        "SELECT MEASURE(n) FROM (SELECT count(*) AS n FROM by_day) | NOT_SUPPORTED | over a Aggregate | in the innermost SELECT",
        "SELECT count(DISTINCT category) FROM by_day | NOT_SUPPORTED | found `count(DISTINCT category)` | SELECT DISTINCT",
        "SELECT category, category FROM by_day | INVALID_SQL | found column `category` twice | rename one with AS",
        "SELECT :who AS w | BAD_REQUEST | column 8: found parameter :who without a value, expected a value for it in parameters [wo] | did you mean wo?",
        "SELECT 1 FROM a.by_day | INVALID_SQL | found relation a.by_day, expected the name of a view | write by_day",
        "SELECT session_window(day, '1 hour') AS w, count(*) AS n FROM by_day GROUP BY 1 | NOT_SUPPORTED | column 8: found `session_window(day, '1 hour')`, whose windows grow together | tumbling",
        "SELECT window(day, '2 days', '1 day') AS w, count(*) AS n FROM by_day GROUP BY 1 | NOT_SUPPORTED | found GROUPING SETS, ROLLUP, CUBE or sliding windows | UNION ALL",
        "SELECT category, count(*) AS n FROM by_day GROUP BY ROLLUP(category) | NOT_SUPPORTED | found GROUPING SETS, ROLLUP, CUBE or sliding windows | UNION ALL",
        "SELECT explode(array(1, 2)) AS x FROM by_day | NOT_SUPPORTED | column 8: found `explode(array(1, 2))`, which makes several rows of one | explode in the view",
        "SELECT current_user() AS u | NOT_SUPPORTED | column 8: found `current_user()`, which depends on who asks | as a parameter",
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT n FROM t | NOT_SUPPORTED | found WITH RECURSIVE | write WITH",
        "SELECT map('a', orders) AS m FROM by_day GROUP BY map('a', orders) | NOT_SUPPORTED | of type MAP<STRING, BIGINT> | group by to_json",
        "SELECT DISTINCT category COLLATE UTF8_LCASE AS c FROM by_day | NOT_SUPPORTED | of type STRING COLLATE UTF8_LCASE | COLLATE UTF8_BINARY",
        "SELECT category FROM by_day INTERSECT ALL SELECT category FROM by_hour | NOT_SUPPORTED | found INTERSECT ALL | without ALL",
        "SELECT category FROM by_day EXCEPT ALL SELECT category FROM by_hour | NOT_SUPPORTED | found EXCEPT ALL | without ALL",
        "SELECT struct(orders, orders) AS s FROM by_day | INVALID_SQL | found field `orders` twice in the struct `s` | named_struct",
        "SELECT raise_error('no') AS x FROM by_day | BAD_REQUEST | an expression fails | filter such rows out",
      })
  void shouldSayWhatIsWrongAndWhere(String sql, ErrorCode code, String found, String instead) {
    assertThatThrownBy(() -> Asked.of(replica.sql, sql, Map.of("wo", 1), 10))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code))
        .hasMessageStartingWith("cannot answer: ")
        .hasMessageContaining(found)
        .hasMessageContaining(instead);
  }

  @Test
  void shouldSayThatARollUpIsOfAllGroups() {
    Asked asked = Asked.of(replica.sql, "SELECT MEASURE(orders) AS n FROM big");
    assertThat(asked.only()).containsExactly(500L);
    assertThat(asked.notes)
        .containsExactly(
            "view big has HAVING; MEASURE is of all its groups, also of those that HAVING leaves"
                + " out");
  }

  @Test
  void shouldTakeValuesFromParameters() {
    String sql =
        "SELECT :text AS t, :int + 1 AS i, :long AS l, :decimal AS d, :yes AS y, :none AS n"
            + " FROM by_day WHERE category = :text AND day = :day LIMIT :most";
    Map<String, Object> parameters = new java.util.HashMap<>();
    parameters.put("text", "books");
    parameters.put("int", 1);
    parameters.put("long", 1L << 40);
    parameters.put("decimal", new BigDecimal("1.50"));
    parameters.put("yes", true);
    parameters.put("none", null);
    parameters.put("day", "2026-01-04");
    parameters.put("most", 1);
    Asked asked = Asked.of(replica.sql, sql, parameters, 10);
    assertThat(asked.rows)
        .containsExactly(
            java.util.Arrays.asList("books", 2, 1L << 40, new BigDecimal("1.50"), true, null));
  }

  @Test
  void shouldFindAViewWhateverTheCaseOfItsName() {
    assertThat(Asked.of(replica.sql, "SELECT 1 AS one FROM BY_DAY LIMIT 1").only())
        .containsExactly(1);
  }

  @Test
  void shouldLetAQuestionCallItsOwnPartAsAView() {
    assertThat(
            Asked.of(
                    replica.sql,
                    "WITH by_day AS (SELECT * FROM by_day WHERE category = 'toys')"
                        + " SELECT DISTINCT category FROM by_day")
                .only())
        .containsExactly("toys");
  }

  @Test
  void shouldSayWhetherThereAreMore() {
    assertThat(Asked.of(replica.sql, "SELECT day FROM by_day", Map.of(), 3))
        .satisfies(asked -> assertThat(asked.rows).hasSize(3))
        .satisfies(asked -> assertThat(asked.more).isTrue());
    assertThat(Asked.of(replica.sql, "SELECT DISTINCT category FROM by_day", Map.of(), 5).more)
        .isFalse();
  }

  @Test
  void shouldHoldTheFirstRowsAlone() {
    SqlQueries small =
        with(new MillraceConfig.Sql(Duration.ofMinutes(5), 2_000, 10_000, 1 << 20, 4));
    assertThat(Asked.of(small, "SELECT orders FROM by_hour ORDER BY orders LIMIT 5").rows)
        .hasSize(5);
    assertThatThrownBy(() -> Asked.of(small, "SELECT orders FROM by_hour ORDER BY orders LIMIT 90"))
        .hasMessage(
            "cannot answer: found more than 2000 bytes of the first 90 by orders ASC NULLS FIRST to"
                + " hold, expected fewer; ask for fewer rows with WHERE or LIMIT, group by fewer"
                + " columns, or raise serving.sql.memory");
    assertThatThrownBy(
            () -> Asked.of(small, "SELECT window, count(*) AS n FROM by_hour GROUP BY window"))
        .hasMessageContaining("found more than 2000 bytes of rows grouped by window");
    assertThatThrownBy(
            () ->
                Asked.of(small, "SELECT window, MEASURE(orders) AS n FROM by_hour GROUP BY window"))
        .hasMessageContaining("found more than 2000 bytes of states merged by window");
  }

  @Test
  void shouldBoundWhatAJoinAndAWindowHoldAndHowLongTheyTake() {
    SqlQueries small =
        with(new MillraceConfig.Sql(Duration.ofMinutes(5), 2_000, 10_000, 1 << 20, 4));
    assertThatThrownBy(
            () ->
                Asked.of(small, "SELECT a.day FROM by_day a JOIN by_hour b ON a.orders = b.orders"))
        .hasMessageContaining("found more than 2000 bytes of rows to join with to hold");
    assertThatThrownBy(
            () -> Asked.of(small, "SELECT count(*) OVER (ORDER BY orders) AS n FROM by_hour"))
        .hasMessageContaining("found more than 2000 bytes of window over all rows by orders");
    SqlQueries brief =
        with(new MillraceConfig.Sql(Duration.ofMillis(300), 32 << 20, 10_000, 1 << 20, 4));
    String skewed = "(SELECT 1 AS k, orders FROM by_hour)";
    assertThatThrownBy(
            () ->
                Asked.of(
                    brief,
                    "SELECT count(*) AS n FROM %s a JOIN %s b USING (k) JOIN %s c USING (k)"
                        .formatted(skewed, skewed, skewed)))
        .hasMessageContaining("found the question at work for more than 300 ms");
  }

  @Test
  void shouldEndInTime() {
    SqlQueries brief =
        with(new MillraceConfig.Sql(Duration.ofNanos(1), 1 << 20, 10_000, 1 << 20, 4));
    assertThatThrownBy(() -> Asked.of(brief, "SELECT count(*) AS n FROM by_hour"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUERY_LIMIT))
        .hasMessageContaining("found the question at work for more than");
  }

  @Test
  void shouldScanForNoMoreAtOnceThanItMayAndAnswerForSingleGroups() throws Exception {
    SqlQueries one =
        with(new MillraceConfig.Sql(Duration.ofSeconds(60), 1 << 20, 10_000, 1 << 20, 1));
    CountDownLatch scanning = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<Asked> first =
          thread.submit(
              () ->
                  Asked.of(
                      one,
                      "SELECT day FROM by_day",
                      () -> {
                        scanning.countDown();
                        await(asked);
                      }));
      scanning.await();
      assertThatThrownBy(() -> Asked.of(one, "SELECT count(*) AS n FROM by_day"))
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BUSY))
          .hasMessageStartingWith("cannot answer now: found 1 questions that scan under way");
      assertThat(
              Asked.of(
                      one,
                      "SELECT orders FROM by_day WHERE category = 'toys' AND day IN"
                          + " (TIMESTAMP'2026-01-01', TIMESTAMP'2026-01-02')")
                  .rows)
          .isNotEmpty();
      asked.countDown();
      assertThat(first.get().rows).isNotEmpty();
    } finally {
      asked.countDown();
      thread.shutdownNow();
    }
    assertThat(Asked.of(one, "SELECT count(*) AS n FROM by_day").rows).hasSize(1);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void shouldAnswerManyAtOnce() throws Exception {
    String sql =
        "SELECT category, MEASURE(price) AS p, MEASURE(amounts) AS a FROM by_day GROUP BY category";
    List<List<Object>> expected = Asked.of(replica.sql, sql).rows;
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<List<List<Object>>>> questions = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        questions.add(() -> Asked.of(replica.sql, sql).rows);
      }
      for (Future<List<List<Object>>> answer : threads.invokeAll(questions)) {
        assertThat(answer.get()).isEqualTo(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  static Stream<Arguments> hostile() {
    String concatenated = "category";
    for (int i = 0; i < 40; i++) {
      concatenated =
          "concat(t, t) AS t FROM (SELECT "
              + concatenated
              + (i == 0 ? " AS t FROM by_day" : "")
              + ")";
    }
    StringBuilder parts = new StringBuilder("WITH t0 AS (SELECT orders FROM by_day)");
    for (int i = 1; i < 30; i++) {
      parts.append(
          ", t%d AS (SELECT * FROM t%d UNION ALL SELECT * FROM t%d)".formatted(i, i - 1, i - 1));
    }
    String a = "concat(repeat('a', 60), category)";
    return Stream.of(
        arguments(
            "SELECT count(*) AS n FROM by_day WHERE "
                + a
                + " RLIKE '(.*)(.*)(.*)(.*)(.*)(.*)(.*)!'",
            "at work"),
        arguments(
            "SELECT regexp_extract(" + a + ", '(.*)(.*)(.*)(.*)(.*)(.*)(.*)!', 0) AS n FROM by_day",
            "at work"),
        arguments(
            "SELECT regexp_replace("
                + a
                + ", '(.*)(.*)(.*)(.*)(.*)(.*)(.*)!', '') AS n FROM by_day",
            "at work"),
        arguments(
            "SELECT 1 AS n FROM by_day WHERE concat(repeat('a', 9000), category) LIKE"
                + " '%a%a%a%a%a%a%a%a%!'",
            "at work"),
        arguments(
            "SELECT 1 AS n WHERE repeat('a', 60) RLIKE '(.*)(.*)(.*)(.*)(.*)(.*)(.*)!'", "at work"),
        arguments(
            "SELECT split(category, '(a+)+b') AS n FROM by_day", "a pattern that is computed"),
        arguments("SELECT regexp_count(category, '(a+)+b') AS n FROM by_day", "a pattern that"),
        arguments(
            "SELECT repeat('x', 2000000000) AS n", "a value within an expression of more than"),
        arguments("SELECT space(2000000000) AS n", "a value within an expression of more than"),
        arguments(
            "SELECT lpad(category, 2000000000) AS n FROM by_day",
            "a value within an expression of more than"),
        arguments(
            "SELECT array_repeat(orders, 2000000000) AS n FROM by_day",
            "a value within an expression of more"),
        arguments(
            "SELECT sequence(1, 1000000000) AS n", "a value within an expression of more than"),
        arguments(
            "SELECT sequence(DATE'0001-01-01', DATE'9999-01-01', INTERVAL 1 SECOND) AS n",
            "a value within an expression of more than"),
        arguments(
            "SELECT sequence(TIMESTAMP'2001-01-01', TIMESTAMP'2021-01-01', INTERVAL 1 SECOND) AS n",
            "a value within an expression of more than"),
        arguments(
            "SELECT format_string('%2000000000d', 1) AS n",
            "a value within an expression of more than"),
        arguments(
            "SELECT replace(repeat('a', 90000), 'a', repeat('b', 90000)) AS n",
            "a value within an expression of more than"),
        arguments(
            "SELECT aggregate(sequence(1, 60), category, (s, x) -> concat(s, s)) AS n FROM by_day",
            "a value within an expression of more than"),
        arguments(
            "SELECT aggregate(sequence(1, 1000000), 0L, (s, x) -> s + aggregate(sequence(1, 10000 +"
                + " orders), 0L, (t, y) -> t + y)) AS n FROM by_day",
            "at work"),
        arguments("SELECT " + concatenated, "a value within an expression of more than"),
        arguments(parts + " SELECT count(*) AS n FROM t29", "plan nodes once WITH is put"),
        arguments("SELECT " + "(".repeat(5_000) + "1", "parentheses more than 64 deep"),
        arguments("SELECT " + "-".repeat(30_000).replace("-", "- ") + "1 AS n", "nested too deep"),
        arguments("SELECT 1 " + "+ 1 ".repeat(9_000) + "AS n", "too complex to parse"),
        arguments("SELECT '" + "x".repeat(70_000) + "' AS n", "a text of 70014 characters"),
        arguments(
            "SELECT 1 AS n FROM by_day WHERE orders IN (1" + ", 1".repeat(20_000) + ")",
            "found more than 20000 operators"));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void shouldEndAQuestionThatWouldTakeEverything(String sql, String found) {
    // What ends by another limit than time does so however slow the machine is.
    Duration time = found.contains("at work") ? Duration.ofSeconds(1) : Duration.ofMinutes(5);
    SqlQueries queries = with(new MillraceConfig.Sql(time, 1 << 20, 10_000, 1 << 20, 4));
    long started = System.nanoTime();
    assertThatThrownBy(() -> Asked.of(queries, sql))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot answer: ")
        .hasMessageContaining(found);
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofMinutes(2));
  }

  @Test
  void shouldSearchAsSparkDoes() {
    assertThat(
            Asked.of(
                    replica.sql,
                    "SELECT category FROM by_day WHERE category LIKE 'b_o%s' OR category RLIKE '^to+y'"
                        + " GROUP BY category")
                .only())
        .containsExactly("books", "toys");
    assertThat(
            Asked.of(
                    replica.sql,
                    "SELECT DISTINCT regexp_extract(category, '(o+)(x?)', 1) AS o,"
                        + " regexp_extract(category, '(o+)(x?)', 2) AS x,"
                        + " regexp_replace(category, '([aeiou])', '<$1>') AS v,"
                        + " regexp_substr(category, 'k.') AS s, split(category, 'o') AS p"
                        + " FROM by_day WHERE category = 'books'")
                .rows)
        .containsExactly(List.of("oo", "", "b<o><o>ks", "ks", List.of("b", "", "ks")));
  }

  private SqlQueries with(MillraceConfig.Sql limits) {
    return new SqlQueries(replica.views, replica.lookups, limits, System::currentTimeMillis);
  }

  private List<String> plan(String sql) {
    return Asked.of(replica.sql, "EXPLAIN " + sql).only().stream().map(String::valueOf).toList();
  }

  private int groups(String sql) {
    Matcher read = READ.matcher(String.join("\n", plan(sql)));
    assertThat(read.find()).isTrue();
    return Integer.parseInt(read.group(1));
  }
}

package io.millrace.serving.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.query.RandomQuestions.Question;
import io.millrace.serving.query.RandomQuestions.View;
import io.millrace.view.CompiledView;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The law of questions: an answer equals what plain Spark SQL says over the raw records below the
 * answer's position. {@code -Dmillrace.laws.seed=N} replays, {@code -Dmillrace.laws.questions=N}
 * asks more.
 */
class SqlLaws {
  private static final long SEED = Long.getLong("millrace.laws.seed", 20261130);
  private static final int QUESTIONS = Integer.getInteger("millrace.laws.questions", 300);

  private static final List<View> VIEWS =
      List.of(
          new View(
              "by_day",
              keys("category", "category", "day", "date_trunc('DAY', ordered_at)"),
              keys(
                  "orders", "count(*)",
                  "amount", "sum(amount)",
                  "price", "avg(price)",
                  "amounts", "approx_count_distinct(amount)",
                  "spread", "stddev(price)"),
              List.of("orders", "amount", "amounts"),
              List.of(
                  "category = 'books'",
                  "category IN ('books', 'toys', 'none')",
                  "category LIKE 'm%'",
                  "category IS NULL",
                  "category > 'books'",
                  "day = '2026-01-04'",
                  "day >= TIMESTAMP'2026-01-20 00:00:00'",
                  "day BETWEEN '2026-01-10' AND '2026-01-12'",
                  "dayofmonth(day) = 7",
                  "upper(category) < 'N'"),
              "",
              ""),
          new View(
              "by_bucket",
              keys("bucket", "CAST(amount % 7 AS INT)", "hot", "price > 50"),
              keys(
                  "orders", "count(*)",
                  "dear", "count_if(price > 90)",
                  "mean", "sum(amount) / count(*)",
                  "middle", "percentile(amount, 0.5)",
                  "least", "min(amount)",
                  "names", "sort_array(collect_set(category))",
                  "bits", "bit_or(amount)",
                  "last", "max_by(amount, ordered_at)"),
              List.of("orders", "dear", "least", "bits"),
              List.of(
                  "bucket = 3",
                  "bucket IN (1, 5)",
                  "bucket <= 2",
                  "bucket + 1 > 4",
                  "hot",
                  "hot IS NULL",
                  "NOT hot"),
              "amount > 20",
              ""),
          new View(
              "by_slot",
              keys("slot", "window(ordered_at, '6 hours')", "category", "category"),
              keys("orders", "count(*)", "amount", "sum(amount)", "most", "max(price)"),
              List.of("orders", "amount"),
              List.of(
                  "slot.start = '2026-01-04T06:00:00Z'",
                  "slot.start >= '2026-02-01'",
                  "slot.end < '2026-01-10'",
                  "slot.start > '2026-01-05' AND slot.start < '2026-01-07' AND category = 'toys'",
                  "category = 'books'"),
              "",
              "count(*) > 1"),
          new View(
              "totals",
              keys(),
              keys("orders", "count(*)", "amount", "sum(amount)", "price", "max(price)"),
              List.of("orders", "amount"),
              List.of("1 = 1"),
              "category <> 'music'",
              ""));

  @TempDir private Path dir;

  private final Random random = new Random(SEED);
  private final Orders orders = new Orders(2, SEED);
  private final QueryOracle oracle = new QueryOracle();
  private int withRows;

  @Test
  void shouldAnswerAsSparkDoesOverTheRecordsBelowThePosition() throws IOException {
    System.out.println("questions of seed " + SEED);
    try (Replica replica = new Replica(dir)) {
      load(replica);
      Position live = Asked.of(replica.sql, "SELECT 1 FROM totals").relations.get(0).live();
      Map<String, String> views = new LinkedHashMap<>();
      VIEWS.forEach(view -> views.put(view.name(), view.sql()));
      oracle.at(live, views);
      List<String> wrong = new ArrayList<>();
      for (Question question : written()) {
        check(replica, question, live).ifPresent(wrong::add);
      }
      assertThat(wrong).isEmpty();
      withRows = 0;
      RandomQuestions questions = new RandomQuestions(VIEWS, random);
      for (int i = 0; i < QUESTIONS; i++) {
        check(replica, questions.next(), live).ifPresent(wrong::add);
      }
      assertThat(wrong).as("seed %d", SEED).isEmpty();
      assertThat(withRows).as("answers with rows, seed %d", SEED).isGreaterThan(QUESTIONS / 2);
    }
  }

  /** Those of the file beside this test. */
  private static List<Question> written() throws IOException {
    List<Question> questions = new ArrayList<>();
    try (InputStream file = SqlLaws.class.getResourceAsStream("questions.txt")) {
      for (String line : new String(file.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (!line.isBlank() && !line.startsWith("#")) {
          String[] both = line.substring(2).split(Pattern.quote(" ||| "));
          questions.add(new Question(both[0], both[both.length - 1], line.startsWith("O ")));
        }
      }
    }
    assertThat(questions).hasSizeGreaterThan(100);
    return questions;
  }

  private Optional<String> check(Replica replica, Question question, Position live) {
    Asked asked;
    try {
      asked = Asked.of(replica.sql, question.ours());
    } catch (MillraceException e) {
      return Optional.of(question.ours() + "\n  " + e.getMessage());
    }
    assertThat(asked.relations).allMatch(relation -> relation.live().equals(live));
    List<List<Object>> expected = new ArrayList<>(oracle.rows(question.sparks()));
    List<List<Object>> found = new ArrayList<>();
    asked.rows.forEach(row -> found.add(row.stream().map(QueryOracle::plain).toList()));
    if (!question.ordered()) {
      expected.sort(BY_VALUES);
      found.sort(BY_VALUES);
    }
    withRows += found.isEmpty() ? 0 : 1;
    return agree(expected, found)
        ? Optional.empty()
        : Optional.of(question.ours() + "\n  found    " + found + "\n  expected " + expected);
  }

  /** What is exact first: floating point may differ by its rounding. */
  private static final Comparator<List<Object>> BY_VALUES =
      Comparator.<List<Object>, String>comparing(
              row -> row.stream().filter(v -> !(v instanceof Double)).toList().toString())
          .thenComparing(
              row -> row.stream().filter(Double.class::isInstance).map(Double.class::cast).toList(),
              (a, b) -> Arrays.compare(a.toArray(Double[]::new), b.toArray(Double[]::new)));

  private static boolean agree(List<List<Object>> expected, List<List<Object>> found) {
    if (expected.size() != found.size()) {
      return false;
    }
    for (int i = 0; i < expected.size(); i++) {
      for (int j = 0; j < expected.get(i).size(); j++) {
        if (!agree(expected.get(i).get(j), found.get(i).get(j))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean agree(Object expected, Object found) {
    if (expected instanceof Double a && found instanceof Double b) {
      return Double.compare(a, b) == 0
          || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
    }
    return Objects.equals(expected, found);
  }

  /** Groups in the run, in two segments after it, and records that nobody has seen yet. */
  private void load(Replica replica) {
    add(900);
    Map<String, LiveModel> models = new LinkedHashMap<>();
    Map<String, CompiledView> compiled = new LinkedHashMap<>();
    for (View view : VIEWS) {
      ViewDefinition definition = Orders.view(view.name(), view.sql());
      compiled.put(view.name(), replica.apply(definition));
      models.put(view.name(), new LiveModel(compiled.get(view.name()), orders));
    }
    models.forEach((name, model) -> replica.live(compiled.get(name), model.advance()));
    Map<String, Position> boundaries = new LinkedHashMap<>();
    models.forEach((name, model) -> boundaries.put(name, model.cut()));
    add(200);
    models.forEach((name, model) -> replica.live(compiled.get(name), model.advance()));
    models.values().forEach(LiveModel::cut);
    add(200);
    models.forEach((name, model) -> replica.live(compiled.get(name), model.advance()));
    compiled.forEach(
        (name, view) -> replica.completed(replica.lake.run(view, orders, boundaries.get(name))));
    add(100);
  }

  private void add(int count) {
    String[] categories = {"books", "toys", "garden", "music", null};
    for (int i = 0; i < count; i++) {
      int partition = random.nextInt(2);
      String category = categories[random.nextInt(categories.length)];
      long amount = random.nextInt(1_000);
      Double price = random.nextInt(10) == 0 ? null : random.nextInt(10_000) / 100.0;
      Instant at = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(random.nextInt(40 * 86_400));
      oracle.add(partition, orders.end(partition), category, amount, price, at);
      orders.add(partition, category, amount, price, at);
    }
  }

  private static Map<String, String> keys(String... pairs) {
    Map<String, String> keys = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      keys.put(pairs[i], pairs[i + 1]);
    }
    return keys;
  }
}

package io.millrace.serving.query;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Questions over views of the orders, each with what Spark is asked instead: the same, but for
 * {@code MEASURE}, which is the measure's own aggregate over the records.
 */
final class RandomQuestions {
  /**
   * @param ours the question
   * @param sparks what it means over the records
   * @param ordered whether the order of the rows is part of the answer
   */
  record Question(String ours, String sparks, boolean ordered) {}

  /**
   * A view as the generator knows it.
   *
   * @param keys group columns to what they are of a record
   * @param measures measures to what they are of records
   * @param numbers measures that are exact numbers
   * @param conditions on group columns alone
   * @param where the view's own filter
   */
  record View(
      String name,
      Map<String, String> keys,
      Map<String, String> measures,
      List<String> numbers,
      List<String> conditions,
      String where,
      String having) {
    String sql() {
      String columns =
          keys.entrySet().stream()
              .map(key -> key.getValue() + " AS " + key.getKey())
              .collect(Collectors.joining(", "));
      String aggregates =
          measures.entrySet().stream()
              .map(measure -> measure.getValue() + " AS " + measure.getKey())
              .collect(Collectors.joining(", "));
      return "SELECT "
          + (columns.isEmpty() ? "" : columns + ", ")
          + aggregates
          + " FROM orders"
          + (where.isEmpty() ? "" : " WHERE " + where)
          + (keys.isEmpty() ? "" : " GROUP BY " + String.join(", ", keys.values()))
          + (having.isEmpty() ? "" : " HAVING " + having);
    }
  }

  private static final Map<String, String> COARSER =
      Map.of(
          "day", "date_trunc('MONTH', %s)",
          "category", "CASE WHEN %s IN ('books', 'toys') THEN 'x' ELSE %s END",
          "bucket", "%s %% 2",
          "slot", "date(%s.start)",
          "hot", "NOT %s");

  private final List<View> views;
  private final Random random;

  RandomQuestions(List<View> views, Random random) {
    this.views = views;
    this.random = random;
  }

  Question next() {
    return switch (random.nextInt(9)) {
      case 0, 1 -> plain();
      case 2, 3, 4 -> rollUp();
      case 5 -> aggregated();
      case 6 -> distinct();
      case 7 -> nested();
      default -> union();
    };
  }

  private View view() {
    return views.get(random.nextInt(views.size()));
  }

  private String same(List<String> columns) {
    return String.join(", ", columns);
  }

  private Question plain() {
    View view = view();
    List<String> columns = some(List.copyOf(view.keys().keySet()));
    columns.addAll(some(List.copyOf(view.measures().keySet())));
    columns.add(view.numbers().get(0) + " * 2 + 1 AS computed");
    String sql = "SELECT " + same(columns) + " FROM " + view.name() + where(view, true);
    if (random.nextBoolean()) {
      return new Question(sql, sql, false);
    }
    List<String> order = new ArrayList<>();
    order.add(pick(view.numbers()) + (random.nextBoolean() ? " DESC" : ""));
    List<String> keys = new ArrayList<>(view.keys().keySet());
    Collections.shuffle(keys, random);
    keys.forEach(
        key ->
            order.add(
                key
                    + (random.nextBoolean() ? " DESC" : "")
                    + (random.nextInt(3) == 0 ? " NULLS LAST" : "")));
    sql += " ORDER BY " + same(order);
    if (random.nextInt(4) != 0) {
      sql += " LIMIT " + random.nextInt(20);
      if (random.nextBoolean()) {
        sql += " OFFSET " + random.nextInt(10);
      }
    }
    return new Question(sql, sql, true);
  }

  private Question rollUp() {
    View view = view();
    List<String> ours = new ArrayList<>();
    List<String> sparks = new ArrayList<>();
    List<String> ourKeys = new ArrayList<>();
    List<String> sparkKeys = new ArrayList<>();
    for (String key : some(List.copyOf(view.keys().keySet()))) {
      boolean coarser = random.nextBoolean() && COARSER.containsKey(key);
      String form = coarser ? COARSER.get(key) : "%s";
      String our = form.replace("%s", key).replace("%%", "%");
      String spark = form.replace("%s", view.keys().get(key)).replace("%%", "%");
      ourKeys.add(our);
      sparkKeys.add(spark);
      ours.add(our + " AS k_" + key);
      sparks.add(spark + " AS k_" + key);
    }
    List<String> measures = some(List.copyOf(view.measures().keySet()));
    if (measures.isEmpty()) {
      measures.add(view.numbers().get(0));
    }
    for (String measure : measures) {
      ours.add("MEASURE(" + measure + ") AS m_" + measure);
      sparks.add(view.measures().get(measure) + " AS m_" + measure);
    }
    List<String> conditions = few(view.conditions());
    List<String> sparkConditions = new ArrayList<>();
    conditions.forEach(condition -> sparkConditions.add(inRecords(view, condition)));
    if (!view.where().isEmpty()) {
      sparkConditions.add("(" + view.where() + ")");
    }
    String our = "SELECT " + same(ours) + " FROM " + view.name() + and(conditions);
    String spark = "SELECT " + same(sparks) + " FROM orders" + and(sparkConditions);
    if (!ourKeys.isEmpty()) {
      our += " GROUP BY " + same(ourKeys);
      spark += " GROUP BY " + same(sparkKeys);
    }
    if (random.nextInt(3) == 0) {
      String number = pick(view.numbers());
      int bound = random.nextInt(60);
      our += " HAVING MEASURE(" + number + ") > " + bound;
      spark += " HAVING " + view.measures().get(number) + " > " + bound;
    }
    return random.nextInt(3) == 0
        ? new Question(
            "SELECT * FROM (" + our + ") t WHERE m_" + measures.get(0) + " IS NOT NULL",
            "SELECT * FROM (" + spark + ") t WHERE m_" + measures.get(0) + " IS NOT NULL",
            false)
        : new Question(our, spark, false);
  }

  private static String inRecords(View view, String condition) {
    String records = condition;
    for (Map.Entry<String, String> key : view.keys().entrySet()) {
      records = records.replaceAll("\\b" + key.getKey() + "\\b(?!')", "\u0001" + key.getKey());
    }
    for (Map.Entry<String, String> key : view.keys().entrySet()) {
      records = records.replace("\u0001" + key.getKey(), "(" + key.getValue() + ")");
    }
    return records;
  }

  private Question aggregated() {
    View view = view();
    List<String> keys = some(List.copyOf(view.keys().keySet()));
    String number = pick(view.numbers());
    List<String> columns = new ArrayList<>(keys);
    columns.add("count(*) AS n");
    columns.add("sum(" + number + ") AS s");
    columns.add("max(" + number + ") FILTER (WHERE " + number + " < 40) AS x");
    columns.add("avg(" + number + ") AS a");
    columns.add("percentile(" + number + ", 0.5) AS p");
    String sql = "SELECT " + same(columns) + " FROM " + view.name() + where(view, true);
    if (!keys.isEmpty()) {
      sql += " GROUP BY " + same(keys);
    }
    if (random.nextBoolean()) {
      sql += " HAVING count(*) > 1 AND sum(" + number + ") % 3 <> 0";
    }
    return new Question(sql, sql, false);
  }

  private Question distinct() {
    View view = view();
    List<String> columns = some(List.copyOf(view.keys().keySet()));
    columns.add(pick(view.numbers()) + " % 5 AS rest");
    String sql = "SELECT DISTINCT " + same(columns) + " FROM " + view.name() + where(view, false);
    return new Question(sql, sql, false);
  }

  private Question nested() {
    View view = view();
    String number = pick(view.numbers());
    String key = view.keys().isEmpty() ? "'none'" : pick(List.copyOf(view.keys().keySet()));
    String sql =
        "WITH t AS (SELECT "
            + key
            + " AS k, "
            + number
            + " AS n FROM "
            + view.name()
            + where(view, true)
            + ") SELECT k, n, n - 1 AS less FROM (SELECT k, n FROM t WHERE n > "
            + random.nextInt(9)
            + ") WHERE n % 2 = 0 AND k IS NOT NULL";
    return new Question(sql, sql, false);
  }

  private Question union() {
    View a = view();
    View b = view();
    String sql =
        "SELECT '"
            + a.name()
            + "' AS v, CAST("
            + pick(a.numbers())
            + " AS BIGINT) AS n FROM "
            + a.name()
            + where(a, true)
            + " UNION ALL SELECT 'other', CAST("
            + pick(b.numbers())
            + " AS BIGINT) FROM "
            + b.name()
            + where(b, false);
    return new Question(sql, sql, false);
  }

  private String where(View view, boolean measures) {
    List<String> conditions = few(view.conditions());
    if (measures && random.nextBoolean()) {
      conditions.add(pick(view.numbers()) + " > " + random.nextInt(30));
    }
    if (conditions.size() > 1 && random.nextInt(4) == 0) {
      return " WHERE (" + String.join(" OR ", conditions) + ")";
    }
    return and(conditions);
  }

  private static String and(List<String> conditions) {
    return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
  }

  private List<String> some(List<String> all) {
    List<String> some = new ArrayList<>();
    int most = random.nextInt(3);
    for (String each : all) {
      if (random.nextInt(3) < most) {
        some.add(each);
      }
    }
    return some;
  }

  /** Conditions, so few that some rows meet them all. */
  private List<String> few(List<String> all) {
    List<String> few = new ArrayList<>(all);
    Collections.shuffle(few, random);
    return new ArrayList<>(few.subList(0, Math.min(few.size(), random.nextInt(3))));
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}

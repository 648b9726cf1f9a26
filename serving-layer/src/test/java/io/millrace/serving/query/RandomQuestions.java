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
    return switch (random.nextInt(16)) {
      case 0, 1 -> plain();
      case 2, 3, 4 -> rollUp();
      case 5 -> aggregated();
      case 6 -> distinct();
      case 7 -> nested();
      case 8 -> union();
      case 9, 10 -> join();
      case 11 -> lookup();
      case 12 -> joinedStates();
      case 13, 14 -> window();
      default -> growth();
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
    if (view.keys().isEmpty() || random.nextInt(3) != 0) {
      order.add(pick(view.numbers()) + (random.nextBoolean() ? " DESC" : ""));
    }
    List<String> keys = new ArrayList<>(view.keys().keySet());
    if (random.nextBoolean()) {
      Collections.shuffle(keys, random);
    }
    boolean upwards = random.nextInt(3) == 0;
    keys.forEach(
        key ->
            order.add(
                key
                    + (!upwards && random.nextBoolean() ? " DESC" : "")
                    + (!upwards && random.nextInt(3) == 0 ? " NULLS LAST" : "")));
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

  /** Two views, or one twice, by what they have in common. */
  private Question join() {
    View a = view();
    View b = view();
    List<String> on = new ArrayList<>();
    List<String> equalities = equalities(a, b);
    on.add(pick(equalities));
    for (int i = random.nextInt(3); i > 0; i--) {
      on.add(pick(equalities));
    }
    if (random.nextInt(3) == 0) {
      on.add("a." + pick(a.numbers()) + " > b." + pick(b.numbers()));
    }
    if (random.nextInt(3) == 0) {
      on.add((random.nextBoolean() ? "b." : "a.") + "orders % 3 <> 1");
    }
    Collections.shuffle(on, random);
    String kind =
        pick(
            List.of(
                "JOIN",
                "JOIN",
                "LEFT JOIN",
                "RIGHT JOIN",
                "FULL JOIN",
                "LEFT SEMI JOIN",
                "LEFT ANTI JOIN"));
    boolean both = !kind.endsWith("SEMI JOIN") && !kind.endsWith("ANTI JOIN");
    List<String> where = new ArrayList<>();
    if (random.nextBoolean()) {
      where.add("a." + pick(a.numbers()) + " > " + random.nextInt(20));
    }
    if (both && random.nextInt(3) == 0) {
      where.add("(b." + pick(b.numbers()) + " < " + random.nextInt(90) + " OR b.orders IS NULL)");
    }
    if (a.keys().containsKey("category") && random.nextBoolean()) {
      where.add("a.category IN ('books', 'music')");
    }
    String from =
        " FROM "
            + side(a)
            + " a "
            + kind
            + " "
            + side(b)
            + " b ON "
            + String.join(" AND ", on)
            + and(where);
    String other = both ? "b" : "a";
    String number = pick((both ? b : a).numbers());
    String sql =
        "SELECT a.orders %% 4 AS k, count(*) AS n, count(%s.%s) AS c, sum(%s.%s) AS s, max(a.%s) AS x"
                .formatted(other, number, other, number, pick(a.numbers()))
            + from
            + " GROUP BY a.orders % 4";
    return new Question(sql, sql, false);
  }

  private String side(View view) {
    return random.nextInt(3) == 0
        ? "(SELECT * FROM " + view.name() + where(view, true) + ")"
        : view.name();
  }

  private static List<String> equalities(View a, View b) {
    List<String> equalities = new ArrayList<>();
    equalities.add("a.orders = b.orders");
    equalities.add(
        "a.orders % 10 = b.%s %% 10".replace("%s", b.numbers().get(1)).replace("%%", "%"));
    for (String key : a.keys().keySet()) {
      if (b.keys().containsKey(key)) {
        // These tell more apart.
        equalities.addAll(List.of("a.%s = b.%s", "a.%s = b.%s", "a.%s <=> b.%s"));
        equalities.replaceAll(each -> each.contains("%s") ? each.formatted(key, key) : each);
      }
    }
    if (a.keys().containsKey("day") && b.keys().containsKey("slot")) {
      equalities.add("a.day = b.slot.start");
    }
    if (b.keys().containsKey("bucket")) {
      equalities.add("b.bucket = a.orders");
    }
    return equalities;
  }

  /** Rows of a view with rows of the question. */
  private Question lookup() {
    View view = withCategory();
    String kind = pick(List.of("JOIN", "LEFT JOIN", "LEFT ANTI JOIN", "RIGHT JOIN"));
    String columns = kind.contains("ANTI") ? "v.category" : "v.category, d.department";
    String sql =
        "SELECT "
            + columns
            + ", v.orders + 1 AS n FROM "
            + side(view)
            + " v "
            + kind
            + " "
            + departments()
            + " ON v.category = d.category"
            + (random.nextBoolean() ? " AND v.orders > 3" : "")
            + (random.nextBoolean() ? " WHERE v.orders < 9" : "");
    return new Question(sql, sql, false);
  }

  private View withCategory() {
    return pick(views.stream().filter(view -> view.keys().containsKey("category")).toList());
  }

  private String departments() {
    List<String> rows = new ArrayList<>();
    for (String category : List.of("'books'", "'toys'", "'garden'", "NULL", "'none'")) {
      if (random.nextInt(3) != 0) {
        rows.add("(" + category + ", " + random.nextInt(2) + ")");
      }
    }
    rows.add("('music', 2)");
    return "(VALUES " + same(rows) + ") d(category, department)";
  }

  /** States of a view by columns of what it is joined with. */
  private Question joinedStates() {
    View view = withCategory();
    String kind = pick(List.of("JOIN", "LEFT JOIN"));
    String departments = departments();
    List<String> ours = new ArrayList<>(List.of("d.department"));
    List<String> sparks = new ArrayList<>(List.of("d.department"));
    List<String> ourKeys = new ArrayList<>(ours);
    List<String> sparkKeys = new ArrayList<>(sparks);
    // A sliding window would have to stay; the slots here are tumbling.
    for (String key : some(List.copyOf(view.keys().keySet()))) {
      ours.add("v." + key + " AS k_" + key);
      sparks.add(view.keys().get(key) + " AS k_" + key);
      ourKeys.add("v." + key);
      sparkKeys.add(view.keys().get(key));
    }
    List<String> measures = some(List.copyOf(view.measures().keySet()));
    measures.add("orders");
    for (String measure : measures.stream().distinct().toList()) {
      ours.add("MEASURE(" + measure + ") AS m_" + measure);
      sparks.add(view.measures().get(measure) + " AS m_" + measure);
    }
    List<String> conditions = few(view.conditions());
    List<String> sparkConditions = new ArrayList<>();
    conditions.forEach(condition -> sparkConditions.add(inRecords(view, condition)));
    String our =
        "SELECT %s FROM (SELECT * FROM %s%s) v %s %s ON v.category = d.category GROUP BY %s";
    String spark =
        "SELECT %s FROM (SELECT * FROM orders%s) v %s %s ON v.category = d.category GROUP BY %s";
    List<String> plain = sparks.stream().map(RandomQuestions::ofRecords).toList();
    return new Question(
        our.formatted(same(ours), view.name(), and(conditions), kind, departments, same(ourKeys)),
        spark.formatted(
            same(plain),
            and(sparkConditions),
            kind,
            departments,
            same(sparkKeys.stream().map(RandomQuestions::ofRecords).toList())),
        false);
  }

  /** Both sides of the join have a category. */
  private static String ofRecords(String expression) {
    return expression.replaceAll("(?<![\\w.'])category\\b", "v.category");
  }

  private Question window() {
    View view = view();
    List<String> keys = new ArrayList<>(view.keys().keySet());
    Collections.shuffle(keys, random);
    List<String> partition = keys.subList(0, random.nextInt(keys.size() + 1));
    List<String> order = new ArrayList<>();
    if (random.nextInt(3) == 0) {
      order.add(pick(view.numbers()) + (random.nextBoolean() ? " DESC" : ""));
    }
    // Which rows are equal must not be for chance to say.
    List<String> all = new ArrayList<>(keys);
    Collections.shuffle(all, random);
    all.forEach(key -> order.add(key + (random.nextBoolean() ? " DESC" : "")));
    String by = order.isEmpty() ? "orders" : same(order);
    String over =
        "(" + (partition.isEmpty() ? "" : "PARTITION BY " + same(partition)) + " ORDER BY " + by;
    String rows =
        pick(
            List.of(
                "",
                " ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING",
                " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
                " ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING",
                " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
                " ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING"));
    String number = pick(view.numbers());
    List<String> columns = new ArrayList<>(keys);
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      String function =
          pick(
              List.of(
                  "row_number() OVER %s)",
                  "rank() OVER %s)",
                  "dense_rank() OVER %s)",
                  "percent_rank() OVER %s)",
                  "ntile(3) OVER %s)",
                  "lag(%n) OVER %s)",
                  "lead(%n, 2, 0L) OVER %s)",
                  "sum(%n) OVER %s%r)",
                  "avg(%n) OVER %s%r)",
                  "count(*) OVER %s%r)",
                  "min(%n) OVER %s%r)",
                  "max(%n) OVER %s%r)",
                  "first_value(%n) OVER %s%r)",
                  "last_value(%n) OVER %s%r)"));
      columns.add(
          function.replace("%n", number).replace("%s", over).replace("%r", rows) + " AS w" + i);
    }
    String sql = "SELECT " + same(columns) + " FROM " + view.name() + where(view, true);
    if (random.nextInt(3) == 0) {
      sql = "SELECT * FROM (" + sql + ") WHERE w1 > 1";
    }
    return new Question(sql, sql, false);
  }

  /** A window over a roll-up. */
  private Question growth() {
    View view = withCategory();
    String measure = pick(view.numbers());
    String key = view.keys().containsKey("day") ? "day" : "slot";
    String form = pick(List.of("date_trunc('MONTH', %s)", "date_trunc('WEEK', %s)"));
    String our = form.formatted(key.equals("day") ? "day" : "slot.start");
    String spark =
        form.formatted(
            key.equals("day") ? view.keys().get("day") : "window(ordered_at, '6 hours').start");
    String outer =
        "SELECT category, k, m, m - lag(m) OVER (PARTITION BY category ORDER BY k) AS more,"
            + " m / sum(m) OVER (PARTITION BY k) AS share FROM (SELECT category, %s AS k, %s AS m FROM"
            + " %s GROUP BY category, %s)";
    String ours = "MEASURE(" + measure + ")";
    if (key.equals("slot")) {
      // GROUP BY needs the window as it is there.
      our = "slot";
      spark = "window(ordered_at, '6 hours')";
    }
    return new Question(
        outer.formatted(our, ours, view.name(), our),
        outer.formatted(spark, view.measures().get(measure), "orders", spark),
        false);
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

package io.millrace.testkit.laws;

import io.millrace.view.spark.SparkViews;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Values that follow from the records alone where Spark's own would follow from the day, or from
 * the order of rows and their splits: each is compared with what {@link BigDecimal} says, which no
 * rule of this project has touched.
 */
final class StableLaws {
  private static final int ROWS = 60;
  private static final BigDecimal LARGEST = new BigDecimal(BigInteger.TEN.pow(38), 10);

  /** What a column is to be, of the values that its group has. */
  private interface Exact extends BiFunction<BigDecimal, Integer, Object> {}

  @Test
  void shouldSumDecimalsThatOverflowOnTheirWay() {
    LawSeed.each(
        seed ->
            ViewLaws.of(
                    Things.view(
                        "wide",
                        "SELECT g, sum(w) AS s, try_sum(w) AS ts, avg(w) AS a, try_avg(w) AS ta,"
                            + " sum(w) FILTER (WHERE u > 60) AS f, collect_set(w) AS c"
                            + " FROM things GROUP BY g"))
                .twin(
                    "SELECT g, v AS s, v AS ts, v AS a, v AS ta, f, NULL AS c FROM (SELECT g,"
                        + " collect_list(w) AS v, collect_list(CASE WHEN u > 60 THEN w END) AS f"
                        + " FROM things GROUP BY g)")
                .judging("s", exactly(StableLaws::sum))
                .judging("ts", exactly(StableLaws::sum))
                .judging("f", exactly(StableLaws::sum))
                .judging("a", exactly(StableLaws::average))
                .judging("ta", exactly(StableLaws::average))
                .judging("c", Checks.equalSets())
                .hold(large(seed), seed));
  }

  @Test
  void shouldSumNumbersAndIntervalsThatOverflowOnTheirWay() {
    LawSeed.each(
        seed -> {
          String day = "CAST(n AS INTERVAL SECOND)";
          String month = "CAST(i AS INTERVAL MONTH)";
          ViewLaws.of(
                  Things.view(
                      "wide",
                      "SELECT g, try_sum(l) AS ts, try_sum(i) AS ti, sum(%1$s) AS d, try_avg(%1$s) AS ad, sum(%2$s) AS m, avg(%2$s) AS am FROM things GROUP BY g"
                          .formatted(day, month)))
              .twin(
                  "SELECT g, collect_list(CAST(l AS DECIMAL(38, 10))) AS ts,"
                      + " collect_list(CAST(i AS DECIMAL(38, 10))) AS ti, NULL AS d, NULL AS ad,"
                      + " NULL AS m, NULL AS am FROM things GROUP BY g")
              .judging("ts", exactly(StableLaws::whole))
              .judging("ti", exactly(StableLaws::whole))
              .hold(longs(seed), seed);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "10:15",
    "T10:15",
    "' 1:2:3.5 '",
    "10:15:00 Europe/Paris",
    "now",
    "today UTC",
    "tomorrow",
    "nothing"
  })
  void shouldGiveNullForATextWithoutADate(String text) {
    List<Row> rows = texts(text);
    ColumnCheck none =
        (actual, expected, twin) -> Checks.unless(actual == null, actual, "NULL, whatever the day");
    ViewLaws.of(
            Things.view(
                "texts",
                """
                SELECT g, CAST(s AS TIMESTAMP) AS k, max(CAST(s AS TIMESTAMP)) AS c, max(to_timestamp(s)) AS f,
                       max(try_to_timestamp(s)) AS tf, min(s::timestamp_ntz) AS n,
                       max(CAST(s AS DATE)) AS d, max(date_trunc('HOUR', s)) AS h,
                       CAST(max(s) AS TIMESTAMP) AS above,
                       max(transform(array(s), e -> CAST(e AS TIMESTAMP))[0]) AS inside
                FROM things GROUP BY g, CAST(s AS TIMESTAMP)
                """))
        .judging("k", none)
        .judging("c", none)
        .judging("f", none)
        .judging("tf", none)
        .judging("n", none)
        .judging("d", none)
        .judging("h", none)
        .judging("above", none)
        .judging("inside", none)
        .hold(rows, 1);
  }

  @Test
  void shouldReadATextWithADate() {
    List<Row> rows = texts(" 2026-02-28T10:15:00.5+01:00");
    ViewLaws.of(
            Things.view("texts", "SELECT g, max(CAST(s AS TIMESTAMP)) AS c FROM things GROUP BY g"))
        .judging(
            "c",
            (actual, expected, twin) ->
                Checks.unless(
                    "2026-02-28T09:15:00.500Z".equals(String.valueOf(actual)), actual, expected))
        .hold(rows, 1);
  }

  private static Object sum(BigDecimal sum, int count) {
    return count == 0 || sum.abs().compareTo(LARGEST) >= 0 ? null : sum;
  }

  /** NULL too where the average has more digits than its type, as in Spark. */
  private static Object average(BigDecimal sum, int count) {
    if (sum(sum, count) == null) {
      return null;
    }
    BigDecimal average =
        sum.divide(BigDecimal.valueOf(count), 39, RoundingMode.DOWN)
            .setScale(14, RoundingMode.HALF_UP);
    return average.precision() > 38 ? null : average;
  }

  private static Object whole(BigDecimal sum, int count) {
    return count == 0 || sum.toBigInteger().bitLength() > 63 ? null : sum;
  }

  private static ColumnCheck exactly(Exact exact) {
    return (actual, expected, twin) -> {
      BigDecimal sum = BigDecimal.ZERO.setScale(10);
      List<?> values = (List<?>) twin;
      for (Object value : values) {
        sum = sum.add((BigDecimal) value);
      }
      Object right = exact.apply(sum, values.size());
      boolean same =
          right == null || actual == null
              ? right == actual
              : new BigDecimal(actual.toString()).compareTo((BigDecimal) right) == 0;
      return Checks.unless(same, actual, right);
    };
  }

  /**
   * In group 0 and 1 values that cancel, of which two do not fit into one, with small ones; group 2
   * overflows in the end.
   */
  private static List<Row> large(long seed) {
    return changed(
        seed,
        (row, pair, sign, random) -> {
          BigDecimal large =
              LARGEST.multiply(new BigDecimal("0.9")).setScale(10).subtract(small(pair));
          boolean down = sign < 0 && pair % 3 < 2;
          row[at("w")] =
              random.nextInt(9) == 0 && pair % 3 == 2
                  ? null
                  : down ? large.negate().add(small(random.nextInt(1000))) : large;
        });
  }

  private static BigDecimal small(int value) {
    return BigDecimal.valueOf(value, 10);
  }

  private static List<Row> longs(long seed) {
    return changed(
        seed,
        (row, pair, sign, random) -> {
          boolean down = sign < 0 && pair % 3 < 2;
          row[at("n")] = (down ? -1 : 1) * (Long.MAX_VALUE / 1_100_000 - random.nextInt(5));
          row[at("l")] = (down ? -1 : 1) * (Long.MAX_VALUE - random.nextInt(5));
          row[at("i")] = (down ? -1 : 1) * (Integer.MAX_VALUE - random.nextInt(5));
        });
  }

  private static List<Row> texts(String text) {
    return changed(3, (row, pair, sign, random) -> row[at("s")] = text);
  }

  private static int at(String column) {
    return SparkViews.sourceSchema(Things.SOURCE).fieldIndex(column);
  }

  private interface Change {
    void make(Object[] row, int pair, int sign, Random random);
  }

  /** Rows in pairs of the same group, shuffled. */
  private static List<Row> changed(long seed, Change change) {
    Random random = new Random(seed);
    List<Row> rows = new ArrayList<>();
    for (Row row : Things.rows(seed, ROWS)) {
      Object[] values = new Object[row.length()];
      for (int i = 0; i < values.length; i++) {
        values[i] = row.get(i);
      }
      int pair = rows.size() / 2;
      values[at("g")] = pair % 3;
      change.make(values, pair, rows.size() % 2 == 0 ? 1 : -1, random);
      rows.add(RowFactory.create(values));
    }
    Collections.shuffle(rows, random);
    return rows;
  }
}

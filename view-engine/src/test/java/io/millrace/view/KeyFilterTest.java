package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.KeyCondition.Operator;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeyFilterTest {
  private static final String SQL =
      "SELECT category AS c, window(ordered_at, '1 hour') AS w, w.start AS s, count(*) AS n,"
          + " upper(category) AS u FROM orders GROUP BY category, window(ordered_at, '1 hour')";

  private final TestView view = view();

  @Test
  void shouldFindRowsByEqualityAndRange() {
    assertThat(matching()).hasSize(7);
    assertThat(matching(condition("c", Operator.EQ, "a"))).containsExactly("a 00", "a 01", "a 02");
    assertThat(matching(condition("C", Operator.EQ, null))).containsExactly("null 00");
    assertThat(matching(condition("c", Operator.GT, "a"))).containsExactly("b 00", "b 01", "b 02");
    assertThat(matching(condition("c", Operator.LTE, "a"), condition("c", Operator.GTE, "a")))
        .hasSize(3);
    assertThat(
            matching(
                condition("c", Operator.EQ, "b"),
                condition("w.start", Operator.GTE, "2026-01-01T01:00:00Z"),
                condition("s", Operator.LT, "2026-01-01 02:00:00")))
        .containsExactly("b 01");
  }

  @Test
  void shouldNarrowTheRangeByLeadingColumns() {
    KeyFilter all = view.view.keyFilter(List.of());
    assertThat(all.from()).isEmpty();
    assertThat(all.to()).isNull();

    KeyFilter one = view.view.keyFilter(List.of(condition("c", Operator.EQ, "a")));
    assertThat(one.from()).containsExactly(1, 'a', 0, 1);
    assertThat(one.to()).containsExactly(1, 'a', 0, 2);

    KeyFilter above = view.view.keyFilter(List.of(condition("c", Operator.GT, "a")));
    assertThat(above.from()).containsExactly(1, 'a', 0, 2);
    assertThat(above.to()).isNull();

    KeyFilter below = view.view.keyFilter(List.of(condition("c", Operator.LT, "a")));
    assertThat(below.from()).containsExactly(1);
    assertThat(below.to()).containsExactly(1, 'a', 0, 1);
  }

  @Test
  void shouldSayWhatIsWrong() {
    assertBad(
        "n",
        "3",
        "cannot filter by n: found a column that is no group column, expected one of"
            + " c, w, s; filter the rows you get");
    assertBad(
        "u",
        "A",
        "cannot filter by u: found a column that is no group column, expected one of"
            + " c, w, s; filter the rows you get");
    assertBad(
        "x",
        "3",
        "cannot filter by x: found an unknown column, expected one of c, w, s;"
            + " correct its name");
    assertBad(
        "s",
        "soon",
        "cannot filter by s: found 'soon', expected a literal of type TIMESTAMP;" + " correct it");
    assertBad(
        "w.begin",
        "soon",
        "cannot filter by w.begin: found unknown field begin, expected one"
            + " of start, end; correct its name");
    assertBad(
        "c.d",
        "x",
        "cannot filter by c.d: found no struct before .d, expected a struct" + " column; drop .d");
    assertThatThrownBy(() -> view.view.keyFilter(List.of(condition("c", Operator.LT, null))))
        .hasMessage(
            "cannot filter by c: found NULL with LT, expected a literal; compare NULL with EQ only");
  }

  private void assertBad(String column, String literal, String message) {
    assertThatThrownBy(() -> view.view.keyFilter(List.of(condition(column, Operator.EQ, literal))))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST))
        .hasMessage(message);
  }

  private List<String> matching(KeyCondition... conditions) {
    KeyFilter filter = view.view.keyFilter(List.of(conditions));
    return view.groups.entrySet().stream()
        .map(entry -> Map.entry(entry.getKey().toBytes(), entry.getValue()))
        .filter(entry -> filter.test(entry.getKey()))
        .sorted((a, b) -> Arrays.compareUnsigned(a.getKey(), b.getKey()))
        .peek(entry -> assertThat(entry.getKey()).satisfies(key -> assertInRange(key, filter)))
        .map(entry -> view.program.evaluate(entry.getKey(), entry.getValue()).orElseThrow())
        .map(row -> row.get(0) + " " + row.get(2).toString().substring(11, 13))
        .toList();
  }

  private static void assertInRange(byte[] key, KeyFilter filter) {
    assertThat(Arrays.compareUnsigned(key, filter.from())).isNotNegative();
    assertThat(filter.to() == null || Arrays.compareUnsigned(key, filter.to()) < 0).isTrue();
  }

  private static KeyCondition condition(String column, Operator operator, String literal) {
    List<String> path = List.of(column.split("\\.", -1));
    return new KeyCondition(path.get(0), path.subList(1, path.size()), operator, literal);
  }

  private static TestView view() {
    TestView view = new TestView(SQL);
    for (int hour = 0; hour < 3; hour++) {
      for (String category : List.of("a", "b")) {
        view.update(row(category, hour));
      }
    }
    return view.update(row(null, 0));
  }

  private static Map<String, Object> row(String category, int hour) {
    Map<String, Object> row = new HashMap<>();
    row.put("category", category);
    row.put("ordered_at", Instant.parse("2026-01-01T0" + hour + ":30:00Z"));
    return row;
  }
}

package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What some layer could not compute or keep alike is refused when the view is compiled. */
final class LayerRefusalTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          category AS a, status AS A                   | line 1, column 23: found columns `a` and `A`
          count(*) AS n, max(price) AS n               | line 1, column 23: found columns `n` and `n`
          count(*), count(*)                           | found columns `count(1)` and `count(1)`
          count(*) AS `ſ`, max(price) AS S             | found columns `ſ` and `S`
          category, category, count(*) AS n            | view v: found columns `category` and `category`
          max(struct(price AS p, price AS P)) AS s     | found columns `s.p` and `s.P`
          max(struct(price AS p)) AS s, 1 AS `s.P`     | found columns `s.p` and `s.P`
          CAST(max(struct(price, price)) AS STRING) AS s | found fields
          count(*) AS _key                             | found column `_key`, expected a name that does not start with _
          count(*) AS _pos                             | found column `_pos`, expected a name that does not start with _
          """)
  void shouldRefuseNamesThatAreOneToSomeLayer(String columns, String message) {
    assertThatThrownBy(
            () -> TestView.compile("SELECT " + columns + " FROM orders GROUP BY category, status"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_SQL))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          max(TIME '10:15')             | of type TIME(6), expected a type that every layer can keep; write it as text, as in CAST(t AS STRING)
          max_by(TIME '10:15', price)   | of type TIME(6)
          array(max(TIME '10:15'))      | of type ARRAY<TIME(6)>
          max(CAST(TIME '10:15' AS STRING)) = CAST(max(TIME '10:15') AS STRING) | of type TIME(6)
          max_by(struct(), price)       | of type STRUCT<>, expected a STRUCT with fields
          collect_set(named_struct())   | of type ARRAY<STRUCT<>
          """)
  void shouldRefuseTypesThatSomeLayerCannotKeep(String column, String message) {
    assertThatThrownBy(() -> TestView.compile("SELECT " + column + " AS c FROM orders"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_SUPPORTED))
        .hasMessageContaining(message);
  }

  @Test
  void shouldRefuseAGroupColumnOfSuchAType() {
    assertThatThrownBy(
            () -> TestView.compile("SELECT count(*) FROM orders GROUP BY struct(TIME '10:15')"))
        .hasMessageContaining("of type STRUCT<col1: TIME(6)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CAST('10:15' AS TIMESTAMP)",
        "CAST('T10:15' AS TIMESTAMP)",
        "CAST(concat('10', ':15') AS TIMESTAMP)",
        "CAST('today UTC' AS TIMESTAMP)",
        "CAST(' Tomorrow ' AS TIMESTAMP)",
        "CAST('yesterday' AS DATE)",
        "CAST('now' AS TIMESTAMP_NTZ)",
        "'10:15'::timestamp",
        "try_cast('10:15' AS TIMESTAMP)",
        "TIMESTAMP'10:15'",
        "TIMESTAMP 'today UTC'",
        "TIMESTAMP_LTZ \"10:15\"",
        "TIMESTAMP_NTZ r'now'",
        "DATE 'now'",
        "timestamp('10:15')",
        "to_timestamp('10:15')",
        "to_timestamp_ltz('now')",
        "try_to_timestamp('10:15')",
        "to_date('today')",
        "date_trunc('DAY', '10:15')",
        "hour('10:15')",
        "ordered_at > '10:15'",
        "ordered_at BETWEEN '2026-01-01' AND 'now'",
        "date_add('now', 1)"
      })
  void shouldRefuseAConstantThatMeansAnotherTimeEachDay(String constant) {
    assertThatThrownBy(() -> TestView.compile("SELECT max(" + constant + ") AS c FROM orders"))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_SUPPORTED))
        .hasMessageContaining("line 1, column ")
        .hasMessageContaining("which depends on when it is computed")
        .hasMessageEndingWith(
            "write a date with its time, or use a column such as kafka_timestamp");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CAST(tags AS ARRAY<TIMESTAMP>)[0]                       | cast each element
          CAST(attributes AS MAP<STRING, TIMESTAMP>)['a']         | cast each of its values
          CAST(struct(category) AS STRUCT<c: TIMESTAMP>).c        | cast each of its values
          CAST(parse_json(category) AS TIMESTAMP)                 | get it as STRING
          variant_get(parse_json(category), '$.a', 'timestamp')   | get it as STRING
          try_variant_get(parse_json(category), '$', 'struct<a timestamp>').a | get it as STRING
          from_json(category, 'a TIMESTAMP').a                    | give it the option timestampFormat
          from_csv(category, 'a TIMESTAMP').a                     | give it the option timestampFormat
          from_json(category, 'a TIMESTAMP', map('timestampFormat', 'yyyy', 'enableDateTimeParsingFallback', 'true')).a | timestampFormat
          """)
  void shouldRefuseTextsThatAreReadAsTimesOutOfSight(String value, String instead) {
    assertThatThrownBy(() -> TestView.compile("SELECT max(" + value + ") AS c FROM orders"))
        .hasMessageContaining("which takes a text with a time of day alone for a time of today")
        .hasMessageContaining(instead);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TIMESTAMP'2026-01-01 10:15'",
        "TIMESTAMP 'epoch'",
        "CAST('2026-01-01' AS TIMESTAMP)",
        "CAST('nonsense' AS TIMESTAMP)",
        "CAST('10:15' AS TIMESTAMP_NTZ)",
        "CAST(category AS TIMESTAMP)",
        "from_json(category, 'a TIMESTAMP', map('timestampFormat', 'yyyy-MM-dd HH:mm:ss')).a",
        "CAST(from_json(category, 'a STRING').a AS TIMESTAMP)",
        "CAST(variant_get(parse_json(category), '$.a', 'string') AS TIMESTAMP)",
        "transform(tags, e -> CAST(e AS TIMESTAMP))[0]",
        "to_timestamp(category, 'HH:mm')",
        "'now'",
        "concat('today', category)"
      })
  void shouldTakeWhatMeansTheSameEveryDay(String value) {
    assertThat(TestView.compile("SELECT max(" + value + ") AS c FROM orders").columns()).hasSize(1);
  }
}

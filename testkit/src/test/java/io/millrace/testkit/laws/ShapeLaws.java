package io.millrace.testkit.laws;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The laws over every shape of view that is accepted. */
final class ShapeLaws {
  private static final int ROWS = 200;

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      useHeadersInDisplayName = true,
      textBlock =
          """
          shape           ; select
          one_key         ; SELECT k, count(*) AS n, sum(m) AS m, max(s) AS s FROM things GROUP BY k
          global          ; SELECT count(*) AS n, sum(m) AS m, max(s) AS s, avg(d) AS d FROM things
          no_aggregate    ; SELECT k, g FROM things GROUP BY k, g
          key_not_shown   ; SELECT count(*) AS n, sum(u) AS u FROM things GROUP BY g, k
          key_expression  ; SELECT upper(k) AS uk, g * 2 + 1 AS gg, sum(l) AS l FROM things GROUP BY upper(k), g
          every_type_key  ; SELECT i, l, b, e, count(*) AS n FROM things GROUP BY i, l, b, e
          time_keys       ; SELECT v, y, count(*) AS n FROM things GROUP BY v, y
          decimal_keys    ; SELECT m, w, count(*) AS n FROM things GROUP BY m, w
          float_keys      ; SELECT z, f, count(*) AS n FROM things GROUP BY z, f
          float_in_struct ; SELECT named_struct('z', z, 'g', g) AS zg, count(*) AS n FROM things GROUP BY named_struct('z', z, 'g', g)
          binary_keys     ; SELECT h, s, count(*) AS n FROM things GROUP BY h, s
          nested_keys     ; SELECT a, r, count(*) AS n FROM things GROUP BY a, r
          null_key        ; SELECT k, NULL AS nil, count(*) AS n FROM things GROUP BY k, NULL
          constant_key    ; SELECT 'all' AS all, count(*) AS n FROM things GROUP BY 'all'
          by_position     ; SELECT k, g, max(t) AS t FROM things GROUP BY 1, 2
          by_alias        ; SELECT date_trunc('HOUR', t) AS hour, count(*) AS n FROM things GROUP BY hour
          group_by_all    ; SELECT k, g, sum(m) AS m FROM things GROUP BY ALL
          filter_where    ; SELECT k, count(*) AS n, min(t) AS t FROM things WHERE b AND d > 300 GROUP BY k
          filter_no_rows  ; SELECT k, count(*) AS n FROM things WHERE g > 99 GROUP BY k
          global_no_rows  ; SELECT count(*) AS n, sum(m) AS m, max(s) AS s FROM things WHERE g > 99
          filter_clause   ; SELECT k, count(*) FILTER (WHERE b) AS n, sum(m) FILTER (WHERE u > 150) AS m, max(s) FILTER (WHERE false) AS none, approx_count_distinct(u) FILTER (WHERE NOT b) AS au, collect_set(g) FILTER (WHERE g > 1) AS gs FROM things GROUP BY k
          having          ; SELECT k, count(*) AS n, sum(m) AS m FROM things GROUP BY k HAVING count(*) > 30 AND max(u) > 100
          having_null     ; SELECT i, count(*) AS n FROM things GROUP BY i HAVING max(b)
          having_only_key ; SELECT k, count(*) AS n FROM things GROUP BY k HAVING k > 'k1'
          having_global   ; SELECT count(*) AS n FROM things HAVING count(*) > 100000
          over_aggregates ; SELECT k, sum(m) / count(*) AS per, sum(u) + max(g) * 2 AS x, coalesce(max(s), '-') || '!' AS s, CASE WHEN count(*) > 20 THEN 'many' ELSE 'few' END AS c FROM things GROUP BY k
          same_twice      ; SELECT k, sum(u) AS a, sum(u) + 1 AS b, sum(u) * sum(u) AS c FROM things GROUP BY k
          key_over        ; SELECT concat(k, '-', g) AS kg, count(*) AS n FROM things GROUP BY k, g
          tumbling        ; SELECT window.start AS s, window.end AS e, k, count(*) AS n, sum(m) AS m FROM things GROUP BY window(t, '10 minutes'), k
          tumbling_struct ; SELECT window(t, '10 minutes') AS w, count(*) AS n FROM things GROUP BY window(t, '10 minutes')
          tumbling_offset ; SELECT window.start AS s, count(*) AS n FROM things GROUP BY window(t, '1 hour', '1 hour', '15 minutes')
          sliding         ; SELECT window.start AS s, k, count(*) AS n, max(u) AS u FROM things GROUP BY window(t, '10 minutes', '2 minutes'), k
          sliding_uneven  ; SELECT window.end AS e, count(*) AS n FROM things GROUP BY window(t, '10 minutes', '3 minutes')
          window_nullable ; SELECT window.start AS s, count(*) AS n FROM things GROUP BY window(v, '1 day')
          window_time     ; SELECT window_time(window) AS wt, n FROM (SELECT window, count(*) AS n FROM things GROUP BY window(t, '10 minutes'))
          date_trunc      ; SELECT date_trunc('MONTH', v) AS month, date_trunc('WEEK', t) AS week, count(*) AS n FROM things GROUP BY date_trunc('MONTH', v), date_trunc('WEEK', t)
          to_date         ; SELECT to_date(t) AS day, hour(t) AS hour, count(*) AS n FROM things GROUP BY to_date(t), hour(t)
          explode         ; SELECT tag, count(*) AS n FROM (SELECT explode(c) AS tag FROM things) GROUP BY tag
          explode_lateral ; SELECT k, el, count(*) AS n FROM things LATERAL VIEW explode(a) ex AS el GROUP BY k, el
          explode_outer   ; SELECT k, el, count(*) AS n FROM things LATERAL VIEW OUTER explode(a) ex AS el GROUP BY k, el
          explode_map     ; SELECT mk, sum(mv) AS mv FROM things LATERAL VIEW explode(o) ex AS mk, mv GROUP BY mk
          posexplode      ; SELECT at, el, count(*) AS n FROM things LATERAL VIEW posexplode(a) ex AS at, el GROUP BY at, el
          explode_twice   ; SELECT tag, el, count(*) AS n FROM things LATERAL VIEW explode(c) x AS tag LATERAL VIEW explode(a) y AS el GROUP BY tag, el
          inline          ; SELECT q, count(*) AS n FROM things LATERAL VIEW inline(array(r, r)) x AS q, s2 GROUP BY q
          stack           ; SELECT st, count(*) AS n FROM (SELECT stack(2, g, u) AS st FROM things) GROUP BY st
          grouping_sets   ; SELECT k, g, grouping_id() AS id, count(*) AS n, sum(m) AS m FROM things GROUP BY GROUPING SETS ((k), (g), (k, g), ())
          rollup          ; SELECT k, g, grouping(g) AS gg, count(*) AS n FROM things GROUP BY ROLLUP (k, g)
          cube            ; SELECT k, g, b, sum(u) AS u FROM things GROUP BY CUBE (k, g, b)
          rollup_having   ; SELECT k, g, count(*) AS n FROM things GROUP BY ROLLUP (k, g) HAVING grouping(g) = 1 OR count(*) > 10
          grouping_dup    ; SELECT k, count(*) AS n FROM things GROUP BY GROUPING SETS ((k), (k), ())
          grouping_of_arg ; SELECT k, g, sum(g) AS sg FROM things GROUP BY CUBE (k, g)
          sub_select      ; SELECT kk, sum(dd) AS dd FROM (SELECT k AS kk, d * 2 AS dd, u FROM things WHERE u > 10) t WHERE dd > 500 GROUP BY kk
          sub_sub_select  ; SELECT q, count(*) AS n FROM (SELECT q, s2 FROM (SELECT r.q AS q, r.s AS s2 FROM things WHERE r IS NOT NULL) WHERE s2 <> '') GROUP BY q
          sub_above       ; SELECT k, n * 2 AS n2 FROM (SELECT k, count(*) AS n, sum(u) AS u FROM things GROUP BY k) WHERE u > 1000
          with            ; WITH busy AS (SELECT * FROM things WHERE b) SELECT k, count(*) AS n FROM busy GROUP BY k
          qualified       ; SELECT th.k, count(th.u) AS n FROM things AS th GROUP BY th.k
          nested_fields   ; SELECT r.q AS q, max(r.s) AS s, sum(o['v1']) AS v, sum(a[0]) AS a FROM things GROUP BY r.q
          higher_order    ; SELECT k, sum(aggregate(a, 0, (acc, e) -> acc + coalesce(e, 0))) AS s, max(size(filter(c, e -> e like 'v%'))) AS f FROM things GROUP BY k
          bad_values      ; SELECT k, sum(cast(s AS int)) AS s, sum(i + i) AS ii, sum(u / g) AS ug, max(to_timestamp(s)) AS ts, sum(cast(w AS decimal(5,2))) AS w FROM things GROUP BY k
          strings         ; SELECT substr(s, 1, 2) AS s2, max(length(s)) AS len, min(lower(s)) AS low FROM things GROUP BY substr(s, 1, 2)
          kafka_columns   ; SELECT kafka_partition, max(kafka_offset) AS o, min(kafka_timestamp) AS t FROM things GROUP BY kafka_partition
          case_key        ; SELECT CASE WHEN u < 50 THEN 'low' WHEN u < 150 THEN 'mid' END AS size, count(*) AS n FROM things GROUP BY CASE WHEN u < 50 THEN 'low' WHEN u < 150 THEN 'mid' END
          in_list         ; SELECT k IN ('k0', 'k1') AS first, count(*) AS n FROM things WHERE g IN (0, 1) AND k RLIKE '^k[0-3]' GROUP BY k IN ('k0', 'k1')
          mixed_kinds     ; SELECT k, count(*) AS n, max(s) AS s, approx_count_distinct(u) AS au, collect_set(g) AS gs, sum(m) AS m, hll_sketch_estimate(hll_sketch_agg(u)) AS hu, avg(x) AS x FROM things GROUP BY k
          """)
  void shouldHold(String shape, String select) {
    ViewLaws laws = ViewLaws.of(Things.view(shape, select)).judging("gs", Checks.equalSets());
    LawSeed.each(seed -> laws.hold(Things.rows(seed, ROWS), seed));
  }
}

package io.millrace.testkit.laws;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.CompiledView;
import io.millrace.view.compile.ViewCompiler;
import io.millrace.view.spark.SparkViews;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.datasketches.theta.UpdateSketch;
import org.apache.spark.sql.Row;

/**
 * The source that the law tests use: {@code things}, with a column of every kind of type. {@code k}
 * and {@code g} are groups, skewed, some NULL; {@code d} and {@code x} are doubles whose sums are
 * well conditioned; {@code z} has NaN, infinity and both zeros; {@code n} counts up, so that it
 * orders rows; {@code hll} and {@code theta} are sketches of some values of {@code u}.
 */
final class Things {
  private static final String SCHEMA =
      """
      {"type": "record", "name": "Thing", "namespace": "laws", "fields": [
        {"name": "k", "type": ["null", "string"], "default": null},
        {"name": "g", "type": "int"},
        {"name": "n", "type": "long"},
        {"name": "i", "type": ["null", "int"], "default": null},
        {"name": "l", "type": ["null", "long"], "default": null},
        {"name": "u", "type": ["null", "int"], "default": null},
        {"name": "d", "type": ["null", "double"], "default": null},
        {"name": "x", "type": ["null", "double"], "default": null},
        {"name": "z", "type": ["null", "double"], "default": null},
        {"name": "f", "type": ["null", "float"], "default": null},
        {"name": "m", "type": ["null",
          {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}], "default": null},
        {"name": "p", "type": ["null",
          {"type": "bytes", "logicalType": "decimal", "precision": 7, "scale": 2}], "default": null},
        {"name": "w", "type": ["null",
          {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 10}],
          "default": null},
        {"name": "s", "type": ["null", "string"], "default": null},
        {"name": "b", "type": ["null", "boolean"], "default": null},
        {"name": "t", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "v", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}],
          "default": null},
        {"name": "y", "type": ["null", {"type": "long", "logicalType": "local-timestamp-micros"}],
          "default": null},
        {"name": "e", "type": ["null", {"type": "int", "logicalType": "date"}], "default": null},
        {"name": "h", "type": ["null", "bytes"], "default": null},
        {"name": "a", "type": ["null", {"type": "array", "items": ["null", "int"]}],
          "default": null},
        {"name": "c", "type": {"type": "array", "items": "string"}},
        {"name": "o", "type": {"type": "map", "values": ["null", "int"]}},
        {"name": "r", "type": ["null", {"type": "record", "name": "Part", "fields": [
          {"name": "q", "type": ["null", "int"], "default": null},
          {"name": "s", "type": "string"}]}], "default": null},
        {"name": "hll", "type": ["null", "bytes"], "default": null},
        {"name": "theta", "type": ["null", "bytes"], "default": null}
      ]}
      """;

  static final SourceDefinition SOURCE =
      new SourceDefinition(
          "things",
          "0000000000000000",
          "laws.things",
          ValueFormat.SINGLE_OBJECT,
          SCHEMA,
          List.of(SCHEMA),
          Optional.empty(),
          Map.of());

  private Things() {}

  static CompiledView view(String name, String select) {
    return ViewCompiler.compile(
        new ViewDefinition(name, "0000000000000000", select, SOURCE, "", Map.of()));
  }

  static List<Row> rows(long seed, int count) {
    long[] next = {0};
    return RandomRows.of(SparkViews.sourceSchema(SOURCE), seed)
        .column("k", random -> "k" + (int) Math.min(4, Math.abs(random.nextGaussian() * 2)))
        .column("g", random -> random.nextInt(3))
        .column("n", random -> next[0]++)
        .column("u", random -> random.nextInt(200))
        .column("d", random -> random.nextDouble() * 1000 + 1)
        .column("x", random -> random.nextGaussian() * 10 + 100)
        .column("m", random -> BigDecimal.valueOf(random.nextInt(2_000_000) - 100_000, 2))
        .column("p", random -> BigDecimal.valueOf(random.nextInt(1_000_000) - 10_000, 2))
        .column("t", Things::time)
        .column("hll", Things::hll)
        .column("theta", Things::theta)
        .column("kafka_partition", random -> random.nextInt(3))
        .column("kafka_offset", random -> (long) random.nextInt(1000))
        .take(count);
  }

  private static byte[] hll(Random random) {
    HllSketch sketch = new HllSketch(12, TgtHllType.HLL_8);
    for (int i = random.nextInt(20); i >= 0; i--) {
      sketch.update((long) random.nextInt(200));
    }
    return sketch.toCompactByteArray();
  }

  private static byte[] theta(Random random) {
    UpdateSketch sketch = UpdateSketch.builder().build();
    for (int i = random.nextInt(200); i >= 0; i--) {
      sketch.update((long) random.nextInt(200));
    }
    return sketch.compact().toByteArray();
  }

  private static Instant time(Random random) {
    return Instant.parse("2026-02-28T23:40:00Z")
        .plus(Duration.ofSeconds(random.nextInt(3600)))
        .plus(Duration.ofNanos(random.nextInt(1_000_000) * 1000L));
  }
}

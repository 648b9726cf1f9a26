package io.millrace.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.util.Utf8;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FittingRecordsTest {
  private static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "R", "fields": [
                {"name": "i", "type": "int", "default": 7},
                {"name": "l", "type": ["null", "long"], "default": null},
                {"name": "d", "type": "double", "default": 0.5},
                {"name": "f", "type": "float", "default": 0.5},
                {"name": "s", "type": ["null", "string"], "default": null},
                {"name": "b", "type": ["null", "bytes"], "default": null},
                {"name": "e", "type": ["null", {"type": "enum", "name": "E", "symbols": ["A", "B"]}], "default": null},
                {"name": "dec", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2}], "default": null},
                {"name": "fixed", "type": ["null", {"type": "fixed", "name": "F", "size": 4, "logicalType": "decimal", "precision": 5, "scale": 2}], "default": null},
                {"name": "ms", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}], "default": null},
                {"name": "us", "type": ["null", {"type": "long", "logicalType": "timestamp-micros"}], "default": null},
                {"name": "local", "type": ["null", {"type": "long", "logicalType": "local-timestamp-micros"}], "default": null},
                {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}], "default": null},
                {"name": "time", "type": ["null", {"type": "int", "logicalType": "time-millis"}], "default": null},
                {"name": "id", "type": ["null", {"type": "string", "logicalType": "uuid"}], "default": null},
                {"name": "tag", "type": ["null", "int", "string"], "default": null},
                {"name": "list", "type": {"type": "array", "items": {"type": "record", "name": "Item", "fields": [{"name": "n", "type": "long"}]}}, "default": []},
                {"name": "map", "type": {"type": "map", "values": "int"}, "default": {}}
              ]}
              """);

  private final FittingRecords fitting = new FittingRecords("orders", SCHEMA);

  @Test
  void shouldTakeDefaults() {
    GenericData.Record made = fitting.of(Map.of());
    assertThat(made.get("i")).isEqualTo(7);
    assertThat(made.get("l")).isNull();
    assertThat(GenericData.get().validate(SCHEMA, made)).isTrue();
  }

  @Test
  void shouldTakeJavasTypesForWhatTheSchemaMeans() {
    Map<String, Object> given = new HashMap<>();
    UUID id = UUID.fromString("123e4567-e89b-12d3-a456-426614174000");
    Instant at = Instant.parse("1969-12-31T23:59:59.123456789Z");
    given.put("i", (short) 3);
    given.put("l", 4);
    given.put("d", 1.5f);
    given.put("s", new Utf8("text"));
    given.put("b", new byte[] {1, 2});
    given.put("e", "B");
    given.put("dec", new BigDecimal("-9.5"));
    given.put("fixed", new BigDecimal("-9.50"));
    given.put("ms", at);
    given.put("us", at);
    given.put("local", LocalDateTime.parse("1970-01-01T00:00:01"));
    given.put("day", LocalDate.of(1970, 1, 11));
    given.put("time", LocalTime.of(0, 0, 1));
    given.put("id", id);
    given.put("tag", "x");
    given.put("list", List.of(Map.of("n", 1), Map.of("n", 2L)));
    given.put("map", Map.of("a", 1));

    GenericData.Record made = fitting.of(given);

    assertThat(made.get("i")).isEqualTo(3);
    assertThat(made.get("l")).isEqualTo(4L);
    assertThat(made.get("d")).isEqualTo(1.5);
    assertThat(made.get("s")).isEqualTo("text");
    assertThat(made.get("b")).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
    assertThat(made.get("e")).hasToString("B");
    assertThat(made.get("dec")).isEqualTo(ByteBuffer.wrap(new byte[] {-4, 74}));
    assertThat(((GenericData.Fixed) made.get("fixed")).bytes()).containsExactly(-1, -1, -4, 74);
    assertThat(made.get("ms")).isEqualTo(-877L);
    assertThat(made.get("us")).isEqualTo(-876_544L);
    assertThat(made.get("local")).isEqualTo(1_000_000L);
    assertThat(made.get("day")).isEqualTo(10);
    assertThat(made.get("time")).isEqualTo(1_000);
    assertThat(made.get("id")).isEqualTo(id.toString());
    assertThat(made.get("tag")).isEqualTo("x");
    assertThat(made.get("list")).hasToString("[{\"n\": 1}, {\"n\": 2}]");
    assertThat(made.get("map")).isEqualTo(Map.of("a", 1));
    assertThat(GenericData.get().validate(SCHEMA, made)).isTrue();
  }

  @Test
  void shouldFindFieldsByNamesThatAreAvrosOwnText() {
    Map<Object, Object> item = Map.of(new Utf8("n"), 5);
    assertThat(fitting.of(Map.of("list", List.of(item))).get("list")).hasToString("[{\"n\": 5}]");
    assertThat(fitting.of(Map.of(new Utf8("i"), 3, new Utf8("s"), "t")).get("i")).isEqualTo(3);
    assertThat(fitting.of(Map.of(new Utf8("i"), 3, new Utf8("s"), "t")).get("s")).isEqualTo("t");
  }

  @Test
  void shouldTakeEveryTimeThatALongHasRoomFor() {
    Map<String, String> micros =
        Map.of(
            "9999-12-31T23:59:59.999999Z", "253402300799999999",
            "0001-01-01T00:00:00Z", "-62135596800000000",
            "1677-01-01T00:00:00.0000019Z", "-9246095999999999");
    micros.forEach(
        (time, number) -> {
          Instant at = Instant.parse(time);
          GenericData.Record made =
              fitting.of(Map.of("us", at, "local", LocalDateTime.ofInstant(at, ZoneOffset.UTC)));
          assertThat(made.get("us")).as(time).isEqualTo(Long.valueOf(number));
          assertThat(made.get("local")).as(time).isEqualTo(Long.valueOf(number));
        });
    Instant least = Instant.ofEpochSecond(0, 0).plus(Long.MIN_VALUE, ChronoUnit.MICROS);
    assertThat(fitting.of(Map.of("us", least)).get("us")).isEqualTo(Long.MIN_VALUE);
    Instant most = Instant.ofEpochSecond(0, 0).plus(Long.MAX_VALUE, ChronoUnit.MICROS);
    assertThat(fitting.of(Map.of("us", most)).get("us")).isEqualTo(Long.MAX_VALUE);
    assertRefused(
        Map.of("us", most.plusNanos(1_000)), "us: found Instant '+294247-01-10T04:00:54.775808Z'");
    assertRefused(Map.of("us", Instant.MAX), "us: found Instant '+1000000000-12-31T23:59:59.9");
  }

  @Test
  void shouldNotWriteOutADecimalThatIsTooLarge() {
    assertRefused(
        Map.of("dec", new BigDecimal("1E+400000000")), "dec: found BigDecimal '1E+400000000'");
    assertThat(fitting.of(Map.of("dec", new BigDecimal("0E+2000000000"))).get("dec"))
        .isEqualTo(ByteBuffer.wrap(new byte[] {0}));
    assertRefused(
        Map.of("dec", new BigDecimal("1E-2000000000")), "dec: found BigDecimal '1E-2000000000'");
  }

  @Test
  void shouldRefuseHalfACharacter() {
    assertRefused(Map.of("s", "a\ud83d"), "s: found text with half a character");
    assertRefused(Map.of("s", "\ude00\ud83d"), "s: found text with half a character");
    assertRefused(
        Map.of("map", Map.of("\ude00", 1)), "map.\ude00: found text with half a character");
    assertThat(fitting.of(Map.of("s", "\ud83d\ude00")).get("s")).isEqualTo("\ud83d\ude00");
  }

  @Test
  void shouldTakeARecordOfAnotherSchemaByNames() {
    Schema other =
        SchemaBuilder.record("Other").fields().requiredInt("l").requiredString("s").endRecord();
    GenericData.Record record = new GenericData.Record(other);
    record.put("l", 5);
    record.put("s", "t");
    assertThat(fitting.of(record).get("l")).isEqualTo(5L);
    assertThat(fitting.of(record).get("s")).isEqualTo("t");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "i | x | i: found text 'x', expected an int",
        "i | 3000000000 | i: found Long '3000000000', expected an int",
        "f | 0.1 | f: found Double '0.1', expected a float",
        "l | 0.1 | l: found Double '0.1', expected a long",
        "s | 3000000000 | s: found Long '3000000000', expected a string",
        "e | C | e: found text 'C', expected one of [A, B]",
        "dec | 9.555m | dec: found BigDecimal '9.555', expected a decimal(5, 2)",
        "dec | 1000.00m | dec: found BigDecimal '1000.00', expected a decimal(5, 2)",
        "tag | 0.5 | tag: found Double '0.5', expected a null or an int or a string",
        "x | 1 | x: found a field that the schema has not, expected one of [i, l, d,",
      })
  void shouldSayWhichFieldDoesNotFit(String field, String value, String message) {
    assertRefused(Map.of(field, read(value)), message);
  }

  @Test
  void shouldSayWhereWithinAField() {
    assertRefused(
        Map.of("list", List.of(Map.of("n", 1), Map.of("n", "x"))),
        "list[1].n: found text 'x', expected a long");
    assertRefused(
        Map.of("list", List.of(Map.of())), "list[0].n: found no value and no default, expected a");
    assertRefused(Map.of("map", Map.of("a", true)), "map.a: found Boolean 'true', expected an int");
    Map<String, Object> without = new HashMap<>();
    without.put("i", null);
    assertRefused(without, "i: found null, expected an int");
    assertRefused(Map.of("list", Arrays.asList((Object) null)), "list[0]: found null, expected a");
  }

  private void assertRefused(Map<String, ?> given, String message) {
    assertThatThrownBy(() -> fitting.of(given))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST))
        .hasMessageStartingWith("cannot send a record to orders: field " + message);
  }

  private static Object read(String text) {
    if (text.endsWith("m")) {
      return new BigDecimal(text.substring(0, text.length() - 1));
    }
    if (text.matches("\\d+\\.\\d+")) {
      return Double.valueOf(text);
    }
    return text.matches("\\d+") ? (Object) Long.valueOf(text) : text;
  }
}

package io.millrace.launcher.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.launcher.produce.row.BadRowException;
import io.millrace.launcher.produce.row.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a text or a JSON value becomes, and what is refused rather than bent. */
final class AvroValuesTest {
  private static final String DATE = "{'type': 'int', 'logicalType': 'date'}";
  private static final String MILLIS = "{'type': 'long', 'logicalType': 'timestamp-millis'}";
  private static final String MICROS = "{'type': 'long', 'logicalType': 'timestamp-micros'}";
  private static final String LOCAL = "{'type': 'long', 'logicalType': 'local-timestamp-millis'}";
  private static final String DECIMAL =
      "{'type': 'bytes', 'logicalType': 'decimal', 'precision': 38, 'scale': 10}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // A JSON string stays one, whatever it looks like.
        "['null','int','string']          | \"5\"        | 5        | string",
        "['null','int','string']          | \"007\"      | 007      | string",
        "['null','double','string']       | \"NaN\"      | NaN      | string",
        "['null','boolean','string']      | \"true\"     | true     | string",
        // A JSON number is one.
        "['null','string','int']          | 5            | 5        | int",
        "['null','string','int','double'] | 1.5          | 1.5      | double",
        "['null','string']                | 1.10         | 1.10     | string",
        "['null','string']                | 1e3          | 1e3      | string",
        "['int','string']                 | 12345678901  | 12345678901 | string",
        "['null','string','boolean']      | true         | true     | boolean",
        // What has no type becomes a number only where nothing of it is lost.
        "['null','int','string']          | ~5           | 5        | int",
        "['null','int','string']          | ~007         | 007      | string",
        "['null','int','string']          | ~1.0         | 1.0      | string",
        "['null','int','string']          | ~+1          | +1       | string",
        "['null','double','string']       | ~1.5         | 1.5      | double",
        "['null','double','string']       | ~1.10        | 1.10     | string",
        "['null','double','string']       | ~12345678901234567.89 | 12345678901234567.89 | string",
        "['null','boolean','string']      | ~yes         | yes      | string",
        "['null','bytes','string']        | ~abcd        | abcd     | string",
        "['null','int']                   | ~007         | 7        | int"
      })
  void shouldTakeTheBranchThatLosesNothing(String schema, String given, String text, String type)
      throws BadRowException {
    Object made = of(schema, given);

    assertThat(made).hasToString(text);
    assertThat(made.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT))
        .startsWith(type.substring(0, 3));
  }

  @Test
  void shouldPreferTheNumberThatKeepsEveryDigit() throws BadRowException {
    String union = "['null', 'double', " + DECIMAL + "]";

    assertThat(of(union, "0.5")).isEqualTo(0.5);
    assertThat(decimal(of(union, "12345678901234567.89")))
        .isEqualTo(new BigDecimal("12345678901234567.8900000000"));
    assertThat(of("['null','double']", "0.12345678901234567890")).isEqualTo(0.12345678901234568);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "20260131",
        "~20260131",
        "\"20260131\"",
        "20484",
        "~20484",
        "\"2026-02-30\"",
        "~2026-1-1",
        "~2026-01-31T10:15:00",
        "~2026-01-31xyz",
        "~31.01.2026",
        "true"
      })
  void shouldRefuseADateThatIsNone(String given) {
    assertThatThrownBy(() -> of("['null'," + DATE + "]", given))
        .isInstanceOf(BadRowException.class)
        .hasMessageMatching("found '.*', expected a date such as 2026-01-31");
  }

  @Test
  void shouldReadDatesAndTimes() throws BadRowException {
    int day = (int) LocalDate.of(2026, 1, 31).toEpochDay();
    long noon = Instant.parse("2026-01-31T12:00:00Z").toEpochMilli();

    assertThat(of(DATE, "\"2026-01-31\"")).isEqualTo(day);
    assertThat(of(DATE, "~2026-01-31 00:00:00")).isEqualTo(day);
    assertThat(of(MILLIS, "~2026-01-31 12:00")).isEqualTo(noon);
    assertThat(of(MILLIS, "\"2026-01-31T13:00:00+01:00\"")).isEqualTo(noon);
    assertThat(of(MILLIS, "" + noon)).isEqualTo(noon);
    assertThat(of(MICROS, "~" + noon * 1000)).isEqualTo(noon * 1000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"20260131", "~20260131", "\"20260131101500\""})
  void shouldNotTakeADayWithoutDashesForACount(String given) {
    for (String type : new String[] {MILLIS, MICROS, LOCAL}) {
      assertThatThrownBy(() -> of(type, given))
          .isInstanceOf(BadRowException.class)
          .hasMessageContaining("which may be a day without dashes or a count");
    }
  }

  @Test
  void shouldNotTakeAMomentForATimeOfDay() {
    assertThatThrownBy(
            () -> of("{'type': 'long', 'logicalType': 'time-micros'}", "\"2026-01-31T10:15:00Z\""))
        .isInstanceOf(BadRowException.class)
        .hasMessageEndingWith("expected a time-micros");
  }

  @Test
  void shouldKeepTheDayOfItsZone() throws BadRowException {
    ZonedDateTime midnight = LocalDate.of(2026, 1, 31).atStartOfDay(ZoneId.of("Europe/Berlin"));

    assertThat(AvroValues.of(schema(DATE), midnight))
        .isEqualTo((int) LocalDate.of(2026, 1, 31).toEpochDay());
    assertThat(AvroValues.of(schema(MILLIS), midnight))
        .isEqualTo(Instant.parse("2026-01-30T23:00:00Z").toEpochMilli());
    assertThat(AvroValues.of(schema(LOCAL), midnight))
        .isEqualTo(
            LocalDateTime.of(2026, 1, 31, 0, 0).toInstant(java.time.ZoneOffset.UTC).toEpochMilli());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'int'    | 1.5 | an int",
        "'int'    | 3000000000 | an int",
        "'long'   | NaN | a long",
        "'long'   | 1e999999999 | a long",
        "'double' | 1e400 | a double",
        "'double' | 1e-400 | a double",
        "'float'  | 1e39 | a float",
        "'string' | {} | a string",
        "'int'    | null | an int"
      })
  void shouldRefuseWhatATypeCannotHold(String schema, String given, String expected) {
    assertThatThrownBy(() -> of(schema, given))
        .isInstanceOf(BadRowException.class)
        .hasMessageEndingWith("expected " + expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.12345678901", "1e28", "1e999999999", "1e-999999999", "NaN", "0x10"})
  void shouldRefuseADecimalThatDoesNotFitAtOnce(String given) {
    assertThatThrownBy(() -> of(DECIMAL, "~" + given)).isInstanceOf(BadRowException.class);
  }

  @Test
  void shouldKnowWhatIsNoNumberAndTheSignOfZero() throws BadRowException {
    assertThat(of("'double'", "NaN")).isEqualTo(Double.NaN);
    assertThat(of("'double'", "-Infinity")).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(of("'float'", "~inf")).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(of("'double'", "-0.0")).isEqualTo(-0.0);
  }

  @Test
  void shouldTellNullFromNothing() throws BadRowException {
    Schema record =
        schema(
            "{'type': 'record', 'name': 'R', 'fields': ["
                + "{'name': 'a', 'type': ['string', 'null'], 'default': 'x'}]}");

    assertThat(of(record.toString().replace('"', '\''), "{}")).hasToString("{\"a\": \"x\"}");
    assertThat(of(record.toString().replace('"', '\''), "{\"a\": null}"))
        .hasToString("{\"a\": null}");
    assertThat(of(record.toString().replace('"', '\''), "{\"a\": \"\"}"))
        .hasToString("{\"a\": \"\"}");
    assertThat(of("['string','null']", "~")).isNull();
  }

  @Test
  void shouldRefuseHalfACharacter() {
    assertThatThrownBy(() -> Json.object("{\"a\": \"x\\ud83d\"}"))
        .hasMessage("found half a character, \\ud83d, expected pairs of them");
  }

  /** The value of a text without type, where it begins with a tilde; else of JSON. */
  private static Object of(String schema, String given) throws BadRowException {
    Object value =
        given.startsWith("~") ? given.substring(1) : Json.object("{\"v\":" + given + "}").get("v");
    return AvroValues.of(schema(schema), value);
  }

  private static BigDecimal decimal(Object made) {
    return new BigDecimal(new BigInteger(((ByteBuffer) made).array()), 10);
  }

  private static Schema schema(String text) {
    return new Schema.Parser().parse(text.strip().replace('\'', '"'));
  }
}

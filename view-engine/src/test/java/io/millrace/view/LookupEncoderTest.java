package io.millrace.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.LookupDefinition.Column;
import io.millrace.control.model.LookupDefinition.Format;
import io.millrace.view.compile.LookupCompiler;
import io.millrace.view.lookup.BadValueException;
import io.millrace.view.lookup.LookupEncoder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser$;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a text in a file becomes: what CAST makes of it, or an error. */
class LookupEncoderTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INT | 42 | 42",
        "INT | ' 42 ' | 42",
        "BIGINT | -9223372036854775808 | -9223372036854775808",
        "BOOLEAN | yes | true",
        "DOUBLE | 1e3 | 1000.0",
        "DECIMAL(6,2) | 1234.5 | 1234.50",
        "DECIMAL(6,2) | 0.125 | 0.13",
        "DATE | 2026-01-31 | 20484",
        "TIMESTAMP | 2026-01-31T10:00:00Z | 1769853600000000",
        "TIMESTAMP | 2026-01-31 12:00:00+02:00 | 1769853600000000",
        "TIMESTAMP | 2026-01-31 10:00:00 | 1769853600000000",
        "TIMESTAMP_NTZ | 2026-01-31 10:00:00 | 1769853600000000",
        "STRING | ' a ' | ' a '",
      })
  void shouldReadTextsAsSqlCastsThem(String type, String text, String expected) throws Exception {
    LookupEncoder.Row row = encoder(type).encode(List.of("k", text));
    UnsafeRow read = new UnsafeRow(2);
    read.pointTo(row.row(), row.row().length);
    assertThat(read.get(1, CatalystSqlParser$.MODULE$.parseDataType(type)).toString())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "INT | 1.5",
        "INT | 3000000000",
        "INT | x",
        "BOOLEAN | maybe",
        "DECIMAL(4,2) | 123.4",
        "DATE | 31.01.2026",
        "DATE | today",
        "TIMESTAMP | 10:15",
        "TIMESTAMP | now",
        "TIMESTAMP | 2026-13-01",
      })
  void shouldRefuseWhatIsNoneOfTheType(String type, String text) {
    assertThatThrownBy(() -> encoder(type).encode(List.of("k", text)))
        .isInstanceOf(BadValueException.class)
        .hasMessage("column v: found '" + text + "', expected " + type);
  }

  @Test
  void shouldRefuseNullInAKey() {
    assertThatThrownBy(() -> encoder("INT").encode(Arrays.asList(null, "1")))
        .isInstanceOf(BadValueException.class)
        .hasMessage("column id: found NULL in a key column, expected a value");
  }

  @Test
  void shouldOrderKeysAsTheirColumns() throws Exception {
    LookupEncoder encoder =
        LookupCompiler.compile(
                lookup(List.of("b", "a"), new Column("a", "STRING"), new Column("b", "INT")))
            .newEncoder();
    byte[] small = encoder.encode(List.of("z", "-5")).key();
    byte[] large = encoder.encode(List.of("a", "10")).key();
    assertThat(Arrays.compareUnsigned(small, large)).isNegative();
    assertThat(encoder.describe(small)).isEqualTo("b = -5, a = 'z'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "c | STRING | found key column c, expected one of [id, v]; correct the key",
        "v | DOUBLE | found key column v of type DOUBLE, expected an exact type; declare it DECIMAL or STRING",
        "id | ARRAY<INT> | found column v of type ARRAY<INT>, expected a number, STRING, BOOLEAN, BINARY, DATE or TIMESTAMP; declare the columns without it, or keep its parts in columns of their own",
      })
  void shouldRefuseADefinition(String key, String type, String problem) {
    assertThatThrownBy(
            () ->
                LookupCompiler.compile(
                    lookup(List.of(key), new Column("id", "STRING"), new Column("v", type))))
        .isInstanceOf(MillraceException.class)
        .hasMessage("cannot create table t: " + problem);
  }

  @Test
  void shouldRefuseAKeyColumnTwiceAndNoKey() {
    assertThatThrownBy(
            () -> LookupCompiler.compile(lookup(List.of("id", "ID"), new Column("id", "STRING"))))
        .hasMessageContaining("found key column ID twice");
    assertThatThrownBy(() -> LookupCompiler.compile(lookup(List.of(), new Column("id", "STRING"))))
        .hasMessageContaining("found no key");
    assertThatThrownBy(
            () ->
                LookupCompiler.compile(
                    lookup(List.of("id"), new Column("id", "INT"), new Column("ID", "INT"))))
        .hasMessageContaining("found columns [id, id]");
  }

  @Test
  void shouldHaveAVersionOfAllThatChangesRows() {
    List<Column> columns = List.of(new Column("id", "STRING"));
    String version = LookupCompiler.version(Format.CSV, List.of("id"), columns, Map.of());
    assertThat(version).hasSize(16);
    assertThat(LookupCompiler.version(Format.CSV, List.of("id"), columns, Map.of("sep", ";")))
        .isNotEqualTo(version);
    assertThat(
            LookupCompiler.version(
                Format.CSV, List.of("id"), List.of(new Column("id", "INT")), Map.of()))
        .isNotEqualTo(version);
    assertThat(LookupCompiler.version(Format.CSV, List.of("id"), columns, Map.of()))
        .isEqualTo(version);
  }

  private static LookupEncoder encoder(String type) {
    return LookupCompiler.compile(
            lookup(List.of("id"), new Column("id", "STRING"), new Column("v", type)))
        .newEncoder();
  }

  private static LookupDefinition lookup(List<String> key, Column... columns) {
    return new LookupDefinition(
        "t",
        "v",
        Format.CSV,
        "/t.csv",
        key,
        Arrays.asList(columns),
        Duration.ofMinutes(1),
        Map.of(),
        Collections.emptyList());
  }
}

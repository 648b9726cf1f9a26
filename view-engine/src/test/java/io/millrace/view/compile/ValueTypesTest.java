package io.millrace.view.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.view.ValueType;
import io.millrace.view.ValueType.Plain;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueTypesTest {
  @ParameterizedTest
  @CsvSource({
    "BOOLEAN, BOOLEAN",
    "TINYINT, TINYINT",
    "SMALLINT, SMALLINT",
    "INT, INT",
    "BIGINT, BIGINT",
    "FLOAT, FLOAT",
    "DOUBLE, DOUBLE",
    "STRING, STRING",
    "STRING COLLATE UTF8_LCASE, STRING",
    "BINARY, BINARY",
    "DATE, DATE",
    "TIMESTAMP, TIMESTAMP",
    "TIMESTAMP_NTZ, TIMESTAMP_NTZ",
    "INTERVAL YEAR TO MONTH, MONTHS",
    "INTERVAL MONTH, MONTHS",
    "INTERVAL DAY TO SECOND, DURATION",
    "INTERVAL HOUR, DURATION"
  })
  void shouldReadTypesOfOneWord(String sql, Plain type) {
    assertThat(ValueTypes.of(sql)).isEqualTo(type);
  }

  @Test
  void shouldReadTypesThatAreMadeOfOthers() {
    assertThat(ValueTypes.of("DECIMAL(38,6)")).isEqualTo(new ValueType.Decimal(38, 6));
    assertThat(ValueTypes.of("STRUCT<`a b`: INT NOT NULL, c: ARRAY<MAP<STRING, DATE>>>"))
        .isEqualTo(
            new ValueType.Struct(
                List.of(
                    new ValueType.Field("a b", Plain.INT),
                    new ValueType.Field(
                        "c",
                        new ValueType.Array(new ValueType.Entries(Plain.STRING, Plain.DATE))))));
    assertThat(ValueTypes.of("VARIANT")).isEqualTo(new ValueType.Other("VARIANT"));
    assertThat(ValueTypes.of("INTERVAL")).isEqualTo(new ValueType.Other("INTERVAL"));
    assertThat(ValueTypes.of("VOID")).isEqualTo(new ValueType.Other("VOID"));
  }
}

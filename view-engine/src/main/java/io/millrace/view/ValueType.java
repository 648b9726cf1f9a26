package io.millrace.view;

import java.util.List;

/**
 * The type of a column, for whoever writes values in a form of their own. Its values are those of
 * {@link ViewProgram#evaluate}. Immutable; read from its SQL by {@code compile.ValueTypes}.
 */
public sealed interface ValueType {
  /** Types that are named by one word. */
  enum Plain implements ValueType {
    BOOLEAN,
    TINYINT,
    SMALLINT,
    INT,
    BIGINT,
    FLOAT,
    DOUBLE,
    STRING,
    BINARY,
    DATE,
    TIMESTAMP,
    TIMESTAMP_NTZ,
    /** INTERVAL of years and months: a {@code Period}. */
    MONTHS,
    /** INTERVAL of days down to microseconds: a {@code Duration}. */
    DURATION
  }

  /** DECIMAL: {@code BigDecimal} of exactly this scale. */
  record Decimal(int precision, int scale) implements ValueType {}

  /** ARRAY. */
  record Array(ValueType element) implements ValueType {}

  /** MAP; its keys are never null. */
  record Entries(ValueType key, ValueType value) implements ValueType {}

  /** STRUCT: at least one field. */
  record Struct(List<Field> fields) implements ValueType {
    public Struct {
      fields = List.copyOf(fields);
    }
  }

  /** A field of a STRUCT. */
  record Field(String name, ValueType type) {}

  /**
   * A type that has no exact form outside of SQL: VARIANT, INTERVAL of months and days, VOID.
   *
   * @param sql as SQL writes it
   */
  record Other(String sql) implements ValueType {}
}

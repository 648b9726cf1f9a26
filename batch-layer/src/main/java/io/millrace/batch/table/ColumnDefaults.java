package io.millrace.batch.table;

import io.millrace.control.model.SourceDefinition;
import io.millrace.view.SourceColumn;
import io.millrace.view.compile.ViewCompiler;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.types.Type;

/** What rows have that are older than a column, in Iceberg's terms. Stateless. */
final class ColumnDefaults {
  private ColumnDefaults() {}

  /**
   * Column name to default, for the columns whose default is not NULL.
   *
   * @param columns the source's columns
   */
  static Map<String, Literal<?>> of(SourceDefinition source, Schema columns) {
    Map<String, Literal<?>> defaults = new LinkedHashMap<>();
    for (SourceColumn column : ViewCompiler.columns(source)) {
      if (column.initialDefault() != null) {
        Type type = columns.findType(column.name());
        Literal<?> literal = literal(column.initialDefault()).to(type);
        if (literal == null) {
          throw new IllegalArgumentException(
              "cannot add column %s: found default %s, expected a value of type %s"
                  .formatted(column.name(), column.initialDefault(), type));
        }
        defaults.put(column.name(), literal);
      }
    }
    return defaults;
  }

  private static Literal<?> literal(Object value) {
    if (value instanceof Boolean bool) {
      return Literal.of(bool);
    }
    if (value instanceof Integer number) {
      return Literal.of(number);
    }
    if (value instanceof Long number) {
      return Literal.of(number);
    }
    if (value instanceof Float number) {
      return Literal.of(number);
    }
    if (value instanceof Double number) {
      return Literal.of(number);
    }
    if (value instanceof BigDecimal number) {
      return Literal.of(number);
    }
    if (value instanceof byte[] bytes) {
      return Literal.of(bytes);
    }
    if (value instanceof LocalDate date) {
      return Literal.of(Math.toIntExact(date.toEpochDay()));
    }
    if (value instanceof Instant instant) {
      return Expressions.micros(ChronoUnit.MICROS.between(Instant.EPOCH, instant));
    }
    if (value instanceof LocalDateTime time) {
      return literal(time.toInstant(ZoneOffset.UTC));
    }
    return Literal.of(value.toString());
  }
}

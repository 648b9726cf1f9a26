package io.millrace.view;

import io.millrace.control.model.SourceDefinition;
import io.millrace.view.internal.avro.SourceSchemas;
import java.util.List;

/**
 * A column of a source's rows, for who keeps them in a table.
 *
 * @param name the column's name
 * @param type Spark SQL type, as {@code DataType.sql()} writes it
 * @param initialDefault what rows have that are older than the column; null: NULL. One of {@code
 *     Boolean, Integer, Long, Float, Double, BigDecimal, String, byte[], LocalDate, Instant}
 *     (TIMESTAMP), {@code LocalDateTime} (TIMESTAMP_NTZ)
 */
public record SourceColumn(String name, String type, Object initialDefault) {
  /**
   * The columns of a source, in order: fields of its reader schema, then the three of Kafka. A
   * default that is an array, a map or a record is given as null: {@link ApplicationFolder#load}
   * refuses to add such a field.
   */
  public static List<SourceColumn> of(SourceDefinition source) {
    return SourceSchemas.columns(source);
  }
}

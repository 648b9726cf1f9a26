package io.millrace.view;

/**
 * A column of a source's rows, for who keeps them in a table.
 *
 * @param name the column's name
 * @param type Spark SQL type, as {@code DataType.sql()} writes it
 * @param initialDefault what rows have that are older than the column; null: NULL. One of {@code
 *     Boolean, Integer, Long, Float, Double, BigDecimal, String, byte[], LocalDate, Instant}
 *     (TIMESTAMP), {@code LocalDateTime} (TIMESTAMP_NTZ)
 */
public record SourceColumn(String name, String type, Object initialDefault) {}

package io.millrace.serving.pgsql;

/**
 * A column of an answer.
 *
 * @param name as the question names it
 * @param type what its values are sent as
 * @param modifier digits of a decimal, as {@code atttypmod}; -1 for others
 */
public record PgColumn(String name, PgType type, int modifier) {
  public PgColumn(String name, PgType type) {
    this(name, type, -1);
  }

  /**
   * @param spark type, as {@code DataType.sql()} writes it
   */
  public static PgColumn ofSpark(String name, String spark) {
    PgType type = PgType.ofSpark(spark);
    return new PgColumn(name, type, type == PgType.NUMERIC ? PgType.modifier(spark) : -1);
  }
}

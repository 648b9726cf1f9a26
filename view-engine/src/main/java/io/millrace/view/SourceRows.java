package io.millrace.view;

import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.types.StructType;

/** Makes source rows from Spark rows, so that a program can be fed what a Dataset holds. */
public final class SourceRows {
  private SourceRows() {}

  /**
   * A reader for one thread. As a decoder does, it reuses its row: a row is valid until the next
   * call.
   *
   * @param schema of the rows: {@link io.millrace.view.spark.SparkViews#sourceSchema}
   */
  public static Function<Row, SourceRow> reader(StructType schema) {
    scala.Function1<Object, Object> converter =
        CatalystTypeConverters.createToCatalystConverter(schema);
    UnsafeProjection projection = UnsafeProjection.create(schema);
    return row -> new SourceRow(projection.apply((InternalRow) converter.apply(row)));
  }
}

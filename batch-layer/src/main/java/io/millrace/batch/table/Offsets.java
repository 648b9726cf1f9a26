package io.millrace.batch.table;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.millrace.control.model.Position;
import io.millrace.lake.Lake;
import java.util.Map;
import org.apache.spark.sql.Column;

/** Conditions on the Kafka columns of a source's rows; Iceberg prunes files by them. */
public final class Offsets {
  private Offsets() {}

  /** Whether a row is below the position. */
  public static Column below(Position position) {
    Column any = lit(false);
    for (Map.Entry<Integer, Long> entry : position.offsets().entrySet()) {
      any =
          any.or(
              col(Lake.PARTITION)
                  .equalTo(entry.getKey())
                  .and(col(Lake.OFFSET).lt(entry.getValue())));
    }
    return any;
  }

  /** Whether a row is not below the position. */
  public static Column atOrPast(Position position) {
    Column all = lit(true);
    for (Map.Entry<Integer, Long> entry : position.offsets().entrySet()) {
      all =
          all.and(
              col(Lake.PARTITION)
                  .notEqual(entry.getKey())
                  .or(col(Lake.OFFSET).geq(entry.getValue())));
    }
    return all;
  }
}

package io.millrace.view.spark;

import io.millrace.control.model.SourceDefinition;
import io.millrace.view.CompiledView;
import io.millrace.view.compile.CatalystView;
import io.millrace.view.internal.analyze.SqlSettings;
import io.millrace.view.internal.avro.SourceSchemas;
import io.millrace.view.internal.stable.StableRules;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** The engine inside Spark: what the batch layer calls. Stateless and thread-safe. */
public final class SparkViews {
  /** Name of the batch view column with the encoded group key: BINARY, never null. */
  public static final String KEY = "_key";

  /** Name of the batch view column with the encoded state: BINARY, never null. */
  public static final String STATE = "_state";

  /** Name of the batch view column that says whether HAVING keeps the row: BOOLEAN. */
  public static final String VISIBLE = "_visible";

  private SparkViews() {}

  /** The session settings under which Spark and the programs agree: set them on every session. */
  public static Map<String, String> sessionSettings() {
    return SqlSettings.all();
  }

  /** Columns of a source's rows, as {@link io.millrace.view.SourceRow}: the lake table's schema. */
  public static StructType sourceSchema(SourceDefinition source) {
    return SourceSchemas.rowType(source);
  }

  /**
   * Decodes Kafka records in Spark with the decoder of {@link
   * io.millrace.view.compile.ViewCompiler#decoder}.
   *
   * @param records columns {@code partition} INT, {@code offset} BIGINT, {@code timestamp}
   *     TIMESTAMP, {@code key} BINARY, {@code value} BINARY, as Spark's Kafka source gives them
   * @return the columns of {@link #sourceSchema} flat, then {@code _rejected} STRING (the reason,
   *     or NULL for a good record), {@code _value} BINARY (the original bytes of a rejected record,
   *     else NULL); a rejected record has NULL in the columns of the schema's fields, and its
   *     position and timestamp in the three of Kafka
   */
  public static Dataset<Row> decode(SourceDefinition source, Dataset<Row> records) {
    return DecodePlan.of(source, sourceSchema(source), records);
  }

  /**
   * The batch view of exactly the given rows: one row per group, with the view's own columns
   * (finished values; NULL where HAVING drops the row), the key columns as {@code _key_1}…, the
   * state of each aggregate as a struct {@code _state_1}…, {@link #VISIBLE}, {@link #KEY} and
   * {@link #STATE}.
   *
   * @param rows with the columns of {@link #sourceSchema}
   */
  public static Dataset<Row> states(CompiledView view, SparkSession spark, Dataset<Row> rows) {
    return SparkPlans.states((CatalystView) view, spark, rows);
  }

  /**
   * Of the given rows, those that the live view takes too: on the others a filter, a group key or
   * an aggregate of the view throws. Far slower than the view itself.
   *
   * @param rows with the columns of {@link #sourceSchema}
   */
  public static Dataset<Row> taken(CompiledView view, Dataset<Row> rows) {
    return GuardPlan.taken((CatalystView) view, rows);
  }

  /** Of the given rows, those that are not {@link #taken}: what the live view counts as failed. */
  public static Dataset<Row> thrownOn(CompiledView view, Dataset<Row> rows) {
    return GuardPlan.thrownOn((CatalystView) view, rows);
  }

  /**
   * Whether a job failed because an expression threw on a record, so that it can succeed over the
   * rows that are {@link #taken}.
   */
  public static boolean threwOnRecord(Throwable thrown) {
    return RecordFailure.is(thrown);
  }

  /**
   * The view by plain Spark SQL: its SELECT as written over {@code rows}, nothing of Millrace in
   * between but what makes an answer independent of the day and of the order of rows ({@link
   * StableRules}). The oracle of {@code millrace verify}.
   */
  public static Dataset<Row> plain(CompiledView view, SparkSession spark, Dataset<Row> rows) {
    return SparkPlans.plain((CatalystView) view, spark, rows);
  }
}

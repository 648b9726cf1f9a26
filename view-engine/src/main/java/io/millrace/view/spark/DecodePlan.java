package io.millrace.view.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.when;

import io.millrace.control.model.SourceDefinition;
import io.millrace.view.internal.avro.read.AvroTypes;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;
import org.apache.spark.sql.types.StructType;

/** Decoding as columns over Kafka records: no row leaves Spark's generated code. */
final class DecodePlan {
  private static final String DECODED = "_decoded";
  private static final String ROW = "row";
  private static final String REASON = "reason";
  private static final String REJECTED = "_rejected";
  private static final String VALUE = "_value";

  private DecodePlan() {}

  static Dataset<Row> of(SourceDefinition source, StructType rowType, Dataset<Row> records) {
    StructType type =
        new StructType().add(ROW, rowType, true).add(REASON, DataTypes.StringType, true);
    List<Expression> arguments =
        List.of(
            argument(records, "value"),
            argument(records, "partition"),
            argument(records, "offset"),
            argument(records, "timestamp"));
    // Not deterministic, as far as Spark is told: so it decodes each record once, instead of moving
    // the expression into every filter and projection that looks at a part of it.
    Expression decode =
        new Invoke(
            new Literal(new RecordEvaluator(source), new ObjectType(RecordEvaluator.class)),
            "decode",
            type,
            Scala.seq(arguments),
            Scala.seq(List.of()),
            false,
            false,
            false);
    Dataset<Row> decoded =
        records.select(
            ExpressionUtils.column(decode).as(DECODED),
            records.col("partition").as(AvroTypes.PARTITION),
            records.col("offset").as(AvroTypes.OFFSET),
            records.col("timestamp").as(AvroTypes.TIMESTAMP),
            records.col("value").as(VALUE));
    return decoded.select(columns(rowType).toArray(new Column[0]));
  }

  private static List<Column> columns(StructType rowType) {
    List<Column> columns = new ArrayList<>();
    Column row = col(DECODED).getField(ROW);
    for (String name : rowType.fieldNames()) {
      boolean ofKafka = AvroTypes.isOfKafka(name);
      columns.add(ofKafka ? col(name) : row.getField(name).as(name));
    }
    Column reason = col(DECODED).getField(REASON);
    columns.add(reason.as(REJECTED));
    columns.add(when(reason.isNotNull(), col(VALUE)).as(VALUE));
    return columns;
  }

  private static Expression argument(Dataset<Row> records, String name) {
    return ExpressionUtils.expression(records.col(name));
  }
}

package io.millrace.serving.query;

import io.millrace.control.model.Position;
import io.millrace.testkit.laws.LawSession;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/** What plain Spark SQL says over the raw records below a position. */
final class QueryOracle {
  private static final StructType SCHEMA =
      new StructType()
          .add("kafka_partition", DataTypes.IntegerType)
          .add("kafka_offset", DataTypes.LongType)
          .add("category", DataTypes.StringType)
          .add("amount", DataTypes.LongType)
          .add("price", DataTypes.DoubleType)
          .add("ordered_at", DataTypes.TimestampType);

  private final List<Row> records = new ArrayList<>();

  void add(int partition, long offset, String category, long amount, Double price, Instant at) {
    records.add(RowFactory.create(partition, offset, category, amount, price, at));
  }

  /** Makes the records below {@code live}, and the views of them, known to Spark. */
  void at(Position live, Map<String, String> views) {
    List<Row> below =
        records.stream().filter(row -> row.getLong(1) < live.offset(row.getInt(0))).toList();
    LawSession.spark().createDataFrame(below, SCHEMA).coalesce(1).createOrReplaceTempView("orders");
    views.forEach(
        (name, sql) -> {
          Dataset<Row> rows = LawSession.spark().sql(sql).coalesce(1).cache();
          rows.createOrReplaceTempView(name);
        });
  }

  List<List<Object>> rows(String sql) {
    List<List<Object>> rows = new ArrayList<>();
    for (Row row : LawSession.interpreted(() -> LawSession.spark().sql(sql).collectAsList())) {
      rows.add(values(row));
    }
    return rows;
  }

  private static List<Object> values(Row row) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      values.add(plain(row.get(i)));
    }
    return values;
  }

  /** A value with nothing of Spark in it; a struct is the list of its values. */
  static Object plain(Object value) {
    if (value instanceof Row row) {
      return values(row);
    }
    if (value instanceof scala.collection.Seq<?> items) {
      return CollectionConverters.asJava(items).stream().map(QueryOracle::plain).toList();
    }
    if (value instanceof Map<?, ?> struct) {
      return struct.values().stream().map(QueryOracle::plain).toList();
    }
    if (value instanceof Collection<?> items) {
      return items.stream().map(QueryOracle::plain).toList();
    }
    return value;
  }
}

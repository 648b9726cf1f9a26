package io.millrace.view.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.model.SourceDefinition;
import io.millrace.view.RejectedRecordException;
import io.millrace.view.internal.avro.AvroRowDecoder;
import io.millrace.view.internal.avro.RandomRecords;
import io.millrace.view.internal.avro.Values;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection$;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The same bytes give the same row, or the same rejection, inside Spark and outside. */
final class SparkDecodeTest {
  private static final StructType RECORDS =
      new StructType()
          .add("key", DataTypes.BinaryType)
          .add("value", DataTypes.BinaryType)
          .add("partition", DataTypes.IntegerType)
          .add("offset", DataTypes.LongType)
          .add("timestamp", DataTypes.TimestampType);

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2");
    SparkViews.sessionSettings().forEach(builder::config);
    spark = builder.getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  @Test
  void shouldDecodeAsTheDecoderAloneDoes() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    SourceDefinition source = Values.source(RandomRecords.ALL_TYPES);
    List<byte[]> values = values(seed, 3_000);
    List<Row> records = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      Timestamp timestamp = new Timestamp(1_700_000_000_000L + i);
      records.add(RowFactory.create(null, values.get(i), i % 4, (long) i, timestamp));
    }

    Dataset<Row> decoded =
        SparkViews.decode(source, spark.createDataFrame(records, RECORDS).repartition(2))
            .orderBy("kafka_offset");

    StructType rowType = SparkViews.sourceSchema(source);
    assertThat(decoded.schema().fieldNames())
        .startsWith(rowType.fieldNames())
        .endsWith("_rejected", "_value")
        .hasSize(rowType.length() + 2);
    InternalRow[] rows = decoded.queryExecution().executedPlan().executeCollect();
    assertThat(rows).hasSize(values.size());
    AvroRowDecoder alone = new AvroRowDecoder(source);
    UnsafeProjection fields = UnsafeProjection$.MODULE$.create(rowType);
    UnsafeProjection inSpark = UnsafeProjection$.MODULE$.create(rowType);
    int rejected = rowType.length();
    int good = 0;
    for (int i = 0; i < rows.length; i++) {
      try {
        InternalRow row = alone.decode(values.get(i), i % 4, i, 1_700_000_000_000L + i);
        assertThat(rows[i].isNullAt(rejected)).as("record %d", i).isTrue();
        assertThat(rows[i].isNullAt(rejected + 1)).as("record %d", i).isTrue();
        assertThat(inSpark.apply(rows[i])).as("record %d", i).isEqualTo(fields.apply(row));
        good++;
      } catch (RejectedRecordException e) {
        assertThat(rows[i].getUTF8String(rejected)).as("record %d", i).hasToString(e.getMessage());
        assertThat(rows[i].getBinary(rejected + 1)).isEqualTo(values.get(i));
        assertThat(rows[i].isNullAt(0)).isTrue();
        assertThat(rows[i].getLong(rejected - 2)).isEqualTo(i);
      }
    }
    assertThat(good).isBetween(1_500, 2_600);
  }

  @Test
  void shouldTakeANegativeTimestampForTheEpochAsTheDecoderAloneDoes() throws Exception {
    SourceDefinition source = Values.source(RandomRecords.ALL_TYPES);
    byte[] value = Values.singleObject(new RandomRecords(1).next());
    List<Row> records = new ArrayList<>();
    for (long timestamp : new long[] {-1, -62_135_596_800_000L, 0, 7}) {
      records.add(RowFactory.create(null, value, 0, 0L, new Timestamp(timestamp)));
      records.add(RowFactory.create(null, null, 0, 0L, new Timestamp(timestamp)));
    }

    List<Row> decoded =
        SparkViews.decode(source, spark.createDataFrame(records, RECORDS))
            .selectExpr("unix_micros(kafka_timestamp)")
            .collectAsList();

    assertThat(decoded)
        .extracting(row -> row.getLong(0))
        .containsExactly(0L, 0L, 0L, 0L, 0L, 0L, 7_000L, 7_000L);
    int timestamp = SparkViews.sourceSchema(source).fieldIndex("kafka_timestamp");
    assertThat(new AvroRowDecoder(source).decode(value, 0, 0, -1).getLong(timestamp)).isZero();
  }

  @Test
  void shouldDecodeEachRecordOnceWhateverTheQueryLooksAt() {
    SourceDefinition source = Values.source(RandomRecords.ALL_TYPES);
    Dataset<Row> records =
        spark
            .range(3)
            .selectExpr(
                "cast(id AS binary) value",
                "cast(id AS int) partition",
                "id offset",
                "timestamp_millis(id) timestamp");
    Dataset<Row> decoded =
        SparkViews.decode(source, records)
            .filter("_rejected IS NULL AND an_int > 3")
            .selectExpr("an_int + 1", "a_string");

    String plan = decoded.queryExecution().optimizedPlan().toString();

    assertThat(plan.split("decoder of orders", -1)).as(plan).hasSize(2);
  }

  private static List<byte[]> values(long seed, int count) {
    Random random = new Random(seed);
    RandomRecords records = new RandomRecords(seed);
    List<byte[]> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] good = Values.singleObject(records.next());
      values.add(
          switch (random.nextInt(20)) {
            case 0 -> null;
            case 1, 2, 3, 4, 5, 6 -> records.damaged(good);
            default -> good;
          });
    }
    return values;
  }
}

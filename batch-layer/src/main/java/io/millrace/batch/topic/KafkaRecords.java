package io.millrace.batch.topic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.model.Position;
import java.util.Set;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Records of a topic in Spark. Stateless. */
public final class KafkaRecords {
  /** Client settings that Spark's Kafka source sets itself and refuses from others. */
  private static final Set<String> RESERVED =
      Set.of(
          "auto.offset.reset",
          "key.deserializer",
          "value.deserializer",
          "enable.auto.commit",
          "interceptor.classes",
          "isolation.level");

  private static final ObjectMapper JSON = new ObjectMapper();

  private KafkaRecords() {}

  /**
   * The committed records in {@code [from, to)}, in the columns of Spark's Kafka source. A Spark
   * partition holds records of one Kafka partition only.
   *
   * @param partitions how many partitions the topic has; each is named to Spark, which demands all
   * @param offsetsPerTask a Spark partition holds at most this many
   */
  public static Dataset<Row> read(
      SparkSession spark,
      MillraceConfig config,
      String topic,
      int partitions,
      Position from,
      Position to,
      long offsetsPerTask) {
    return reader(spark, config, topic, partitions, from, to)
        .option("maxRecordsPerPartition", offsetsPerTask)
        .load();
  }

  /** As above, with one Spark partition for each of Kafka's. */
  public static Dataset<Row> read(
      SparkSession spark,
      MillraceConfig config,
      String topic,
      int partitions,
      Position from,
      Position to) {
    return reader(spark, config, topic, partitions, from, to).load();
  }

  private static DataFrameReader reader(
      SparkSession spark,
      MillraceConfig config,
      String topic,
      int partitions,
      Position from,
      Position to) {
    DataFrameReader reader =
        spark
            .read()
            .format("kafka")
            .option("subscribe", topic)
            .option("startingOffsets", offsets(topic, partitions, from))
            .option("endingOffsets", offsets(topic, partitions, to))
            .option("failOnDataLoss", "true")
            .option("kafka.isolation.level", "read_committed");
    config
        .clientProperties()
        .forEach(
            (key, value) -> {
              if (!RESERVED.contains(key)) {
                reader.option("kafka." + key, String.valueOf(value));
              }
            });
    return reader;
  }

  private static String offsets(String topic, int partitions, Position position) {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode perPartition = root.putObject(topic);
    for (int partition = 0; partition < partitions; partition++) {
      perPartition.put(Integer.toString(partition), position.offset(partition));
    }
    return root.toString();
  }
}

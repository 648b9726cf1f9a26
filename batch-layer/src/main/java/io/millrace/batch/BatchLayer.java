package io.millrace.batch;

import io.millrace.control.process.Layer;
import io.millrace.control.process.LayerContext;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** The batch layer as {@link io.millrace.control.process.LayerMain} runs it. Thread-safe. */
final class BatchLayer implements Layer {
  private final SparkSession spark;
  private final BatchDriver driver;

  private BatchLayer(SparkSession spark, BatchDriver driver) {
    this.spark = spark;
    this.driver = driver;
  }

  static BatchLayer start(LayerContext context) {
    SparkSession spark = BatchSession.open(context.config());
    try {
      BatchDriver driver =
          new BatchDriver(
              context.config(), spark, context.log(), Clock.systemUTC(), context.metrics());
      driver.start();
      return new BatchLayer(spark, driver);
    } catch (RuntimeException | Error e) {
      spark.stop();
      throw e;
    }
  }

  @Override
  public List<String> problems() {
    return driver.problems();
  }

  @Override
  public Optional<String> dead() {
    return spark.sparkContext().isStopped()
        ? Optional.of("Spark has stopped; its log says why")
        : driver.dead();
  }

  @Override
  public Map<String, String> details() {
    return driver.details();
  }

  @Override
  public void close() {
    try {
      driver.close();
    } finally {
      spark.stop();
    }
  }
}

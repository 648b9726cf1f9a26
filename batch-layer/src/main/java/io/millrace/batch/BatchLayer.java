package io.millrace.batch;

import io.millrace.control.Layer;
import io.millrace.control.LayerContext;
import java.time.Clock;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** The batch layer as {@link io.millrace.control.LayerMain} runs it. Thread-safe. */
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
          new BatchDriver(context.config(), spark, context.log(), Clock.systemUTC());
      driver.start();
      return new BatchLayer(spark, driver);
    } catch (RuntimeException e) {
      spark.stop();
      throw e;
    }
  }

  @Override
  public String state() {
    return "running";
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

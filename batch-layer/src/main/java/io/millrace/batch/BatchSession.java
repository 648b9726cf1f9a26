package io.millrace.batch;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.config.Secrets;
import io.millrace.lake.Lake;
import io.millrace.view.spark.SparkViews;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * The Spark session of the batch layer. What spark-submit, {@code batch.properties} and the
 * environment set stays; the settings under which Spark and the speed layer agree are always set.
 */
final class BatchSession {
  private BatchSession() {}

  /** A session with the lake as catalog {@link Lake#CATALOG}. The caller closes it. */
  static SparkSession open(MillraceConfig config) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", config.batch().master());
    conf.setIfMissing("spark.app.name", config.namespace() + "-batch");
    config.batch().properties().forEach(conf::set);
    conf.setIfMissing("spark.ui.enabled", "false");
    // What pages, event logs and plans of Spark show in stars.
    conf.setIfMissing("spark.redaction.regex", Secrets.NAMES);
    conf.setIfMissing("spark.sql.redaction.options.regex", Secrets.NAMES + "|(?i)url");
    if (conf.get("spark.master").startsWith("local")) {
      // One JVM: a shuffle partition per core is enough, and each one more costs milliseconds a
      // run.
      conf.setIfMissing(
          "spark.sql.shuffle.partitions",
          Integer.toString(Runtime.getRuntime().availableProcessors()));
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
      conf.setIfMissing("spark.shuffle.compress", "false");
    }
    // Archiving shares the cores with a run instead of waiting behind it.
    conf.setIfMissing("spark.scheduler.mode", "FAIR");
    conf.setIfMissing("spark.sql.adaptive.enabled", "true");
    conf.setIfMissing("spark.sql.warehouse.dir", config.dataDir().resolve("spark").toString());
    conf.setIfMissing(
        "spark.sql.extensions",
        "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions");
    String catalog = "spark.sql.catalog." + Lake.CATALOG;
    conf.set(catalog, "org.apache.iceberg.spark.SparkCatalog");
    for (Map.Entry<String, String> property : Lake.catalogProperties(config).entrySet()) {
      conf.set(catalog + "." + property.getKey(), property.getValue());
    }
    // Every read names its snapshot or wants the newest: a cached table would be neither.
    conf.set(catalog + ".cache-enabled", "false");
    conf.set("spark.sql.datetime.java8API.enabled", "true");
    SparkViews.sessionSettings().forEach(conf::set);
    return SparkSession.builder().config(conf).getOrCreate();
  }
}

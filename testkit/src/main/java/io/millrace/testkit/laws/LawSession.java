package io.millrace.testkit.laws;

import io.millrace.view.spark.SparkViews;
import java.util.function.Supplier;
import org.apache.spark.sql.RuntimeConfig;
import org.apache.spark.sql.SparkSession;

/** The one Spark session that law tests of a JVM share. It ends with the JVM. */
public final class LawSession {
  private LawSession() {}

  /** Starts the session at the first call. Thread-safe. */
  public static SparkSession spark() {
    return Holder.SPARK;
  }

  /**
   * Runs queries without generated code: small ones are done sooner, and an oracle that shares no
   * generated code with what it judges is a better one.
   */
  public static <T> T interpreted(Supplier<T> queries) {
    RuntimeConfig conf = spark().conf();
    conf.set("spark.sql.codegen.wholeStage", "false");
    conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN");
    try {
      return queries.get();
    } finally {
      conf.unset("spark.sql.codegen.wholeStage");
      conf.unset("spark.sql.codegen.factoryMode");
    }
  }

  private static final class Holder {
    static final SparkSession SPARK = start();

    private static SparkSession start() {
      SparkSession.Builder builder =
          SparkSession.builder()
              .appName("laws")
              .master("local[2]")
              .config("spark.ui.enabled", false)
              // Rows come in two partitions, whose states one task merges.
              .config("spark.sql.shuffle.partitions", 1)
              .config("spark.sql.datetime.java8API.enabled", true)
              // Many small statements: what helps big ones costs time here.
              .config("spark.sql.adaptive.enabled", false)
              .config("spark.sql.codegen.cache.maxEntries", 2000);
      SparkViews.sessionSettings().forEach(builder::config);
      return builder.getOrCreate();
    }
  }
}

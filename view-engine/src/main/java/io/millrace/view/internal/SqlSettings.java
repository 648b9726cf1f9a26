package io.millrace.view.internal;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.internal.SQLConf;

/**
 * The settings of Spark SQL that decide what a view's expressions mean. Both the programs and every
 * Spark session that computes a view run under these, or they would not agree.
 */
public final class SqlSettings {
  private static final Map<String, String> SETTINGS =
      Collections.unmodifiableMap(
          new TreeMap<>(
              Map.ofEntries(
                  // A bad value gives NULL: it neither stops the stream nor fails the run.
                  Map.entry("spark.sql.ansi.enabled", "false"),
                  Map.entry("spark.sql.mapKeyDedupPolicy", "LAST_WIN"),
                  Map.entry("spark.sql.session.timeZone", "UTC"),
                  Map.entry("spark.sql.timestampType", "TIMESTAMP_LTZ"),
                  Map.entry("spark.sql.legacy.timeParserPolicy", "CORRECTED"),
                  Map.entry("spark.sql.caseSensitive", "false"),
                  Map.entry("spark.sql.decimalOperations.allowPrecisionLoss", "true"),
                  Map.entry("spark.sql.groupByAliases", "true"),
                  Map.entry("spark.sql.groupByOrdinal", "true"))));

  private SqlSettings() {}

  /** Keys and values as {@code SparkSession.conf().set} takes them. Unmodifiable. */
  public static Map<String, String> all() {
    return SETTINGS;
  }

  /** A new configuration with these settings and Spark's defaults, needing no session. */
  public static SQLConf conf() {
    SQLConf conf = new SQLConf();
    SETTINGS.forEach(conf::setConfString);
    return conf;
  }
}

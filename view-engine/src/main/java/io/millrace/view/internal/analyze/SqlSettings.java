package io.millrace.view.internal.analyze;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.util.Utils;

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
                  // "${…}" in SQL is what it says, not a variable of one machine.
                  Map.entry("spark.sql.variable.substitute", "false"),
                  Map.entry("spark.sql.legacy.timeParserPolicy", "CORRECTED"),
                  Map.entry("spark.sql.caseSensitive", "false"),
                  Map.entry("spark.sql.decimalOperations.allowPrecisionLoss", "true"),
                  Map.entry("spark.sql.groupByAliases", "true"),
                  Map.entry("spark.sql.groupByOrdinal", "true"))));

  static {
    nameHost();
  }

  private static final SQLConf CONF = conf();
  private static final SQLConf INTERPRETED = interpreted();

  static {
    // Expressions read settings on whatever thread runs them. A session installs a getter of its
    // own when it is made; one that exists stays in charge.
    if (SparkSession.getDefaultSession().isEmpty()) {
      SQLConf.setSQLConfGetter(() -> CONF);
    }
  }

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

  /**
   * Spark's classes look this host's address up when they are loaded, and fail where its name has
   * none, as on a laptop off the net. Compiling a view needs no address.
   */
  private static void nameHost() {
    Map<String, String> environment = System.getenv();
    if (environment.containsKey("SPARK_LOCAL_IP")
        || environment.containsKey("SPARK_LOCAL_HOSTNAME")) {
      return;
    }
    try {
      InetAddress.getLocalHost();
    } catch (UnknownHostException e) {
      Utils.setCustomHostname("localhost");
    }
  }

  private static SQLConf interpreted() {
    SQLConf conf = conf();
    conf.setConfString("spark.sql.codegen.factoryMode", "NO_CODEGEN");
    return conf;
  }

  /** As {@link #with}; what {@code body} makes evaluates expressions without generated code. */
  public static <T> T interpreted(Supplier<T> body) {
    return SQLConf.withExistingConf(INTERPRETED, body::get);
  }

  /** Runs {@code body} under the settings, whatever session is active on this thread. */
  public static <T> T with(Supplier<T> body) {
    return SQLConf.withExistingConf(CONF, body::get);
  }
}

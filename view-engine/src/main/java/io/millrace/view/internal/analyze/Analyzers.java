package io.millrace.view.internal.analyze;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.catalyst.analysis.Analyzer;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.RelationCache;
import org.apache.spark.sql.catalyst.analysis.TableFunctionRegistry;
import org.apache.spark.sql.catalyst.catalog.CatalogDatabase;
import org.apache.spark.sql.catalyst.catalog.InMemoryCatalog;
import org.apache.spark.sql.catalyst.catalog.SessionCatalog;
import org.apache.spark.sql.connector.catalog.CatalogManager;

/** Makes Spark's analyser without a session: it knows functions, and no table. */
public final class Analyzers {
  private Analyzers() {}

  /** An analyser for one plan. */
  public static Analyzer of(FunctionRegistry functions) {
    SessionCatalog catalog =
        new SessionCatalog(
            new InMemoryCatalog(new SparkConf(false), new Configuration(false)),
            functions,
            TableFunctionRegistry.builtin()) {
          @Override
          public void createDatabase(CatalogDatabase database, boolean ignoreIfExists) {
            // There is no database: only functions are looked up here.
          }
        };
    return new Analyzer(new CatalogManager(new NoCatalog(), catalog), RelationCache.empty());
  }
}

package io.millrace.control.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A small table from files that is joined when a question is asked, as declared by {@code CREATE
 * TABLE … USING csv OPTIONS (path '…', key '…')}. Every replica loads it by itself.
 *
 * @param name the table name used in questions; unique among lookups and views
 * @param version hash of everything that changes how bytes become rows: 16 hex digits; where the
 *     bytes are ({@code path}) and when they are looked at ({@code refresh}) do not
 * @param format how its bytes are read
 * @param path where every replica finds it: an absolute path; for {@link Format#ICEBERG} also the
 *     name of a table in the lake's catalog
 * @param key the columns that tell its rows apart, in the order of the key; at least one
 * @param columns all of its columns, in their order
 * @param refresh how often a replica looks whether it has changed
 * @param options those of the format, with their defaults filled in
 * @param beside names of the sources that were applied with it: whose folder it is in
 */
public record LookupDefinition(
    String name,
    String version,
    Format format,
    String path,
    List<String> key,
    List<Column> columns,
    Duration refresh,
    Map<String, String> options,
    List<String> beside) {

  /** How bytes become rows. */
  public enum Format {
    CSV,
    JSON,
    PARQUET,
    ICEBERG;

    /** As in {@code USING}. */
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * @param name as declared, or as in the file
   * @param type Spark SQL type, as {@code DataType.sql()} writes it
   */
  public record Column(String name, String type) {}

  public LookupDefinition {
    key = List.copyOf(key);
    columns = List.copyOf(columns);
    options = Map.copyOf(options);
    beside = List.copyOf(beside);
  }
}

package io.millrace.launcher.output;

/** The forms in which rows are shown or written; named as people write them. */
public enum Format {
  table,
  csv,
  json,
  ndjson,
  arrow,
  parquet;

  /** Whether the serving layer's own bytes are handed on. */
  public boolean handedOn() {
    return this != table && this != json;
  }

  /** Whether nobody can read it on a terminal. */
  public boolean binary() {
    return this == arrow || this == parquet;
  }

  /** Whether one answer can follow another. */
  public boolean paged() {
    return this == csv || this == ndjson;
  }
}

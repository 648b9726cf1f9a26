package io.millrace.serving.format;

import java.util.Locale;

/** The forms of an answer. */
public enum AnswerFormat {
  JSON("application/json", "application/json; charset=utf-8", "json"),
  NDJSON("application/x-ndjson", "application/x-ndjson; charset=utf-8", "ndjson"),
  CSV("text/csv", "text/csv; charset=utf-8; header=present", "csv"),
  ARROW("application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream", "arrows"),
  PARQUET("application/vnd.apache.parquet", "application/vnd.apache.parquet", "parquet");

  private final String mediaType;
  private final String contentType;
  private final String extension;

  AnswerFormat(String mediaType, String contentType, String extension) {
    this.mediaType = mediaType;
    this.contentType = contentType;
    this.extension = extension;
  }

  /** {@code type/subtype}, in lower case. */
  public String mediaType() {
    return mediaType;
  }

  /** The media type with its parameters. */
  public String contentType() {
    return contentType;
  }

  /** Of the name of a file with such an answer, without a dot. */
  public String extension() {
    return extension;
  }

  /** As requests name it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether its bytes get no smaller by gzip. */
  public boolean compressed() {
    return this == PARQUET;
  }
}

package io.millrace.view;

import org.apache.spark.sql.catalyst.InternalRow;

/**
 * One decoded record of a source: the fields of its reader schema, then {@code kafka_partition}
 * INT, {@code kafka_offset} BIGINT and {@code kafka_timestamp} TIMESTAMP. Opaque outside this
 * module.
 *
 * <p>A decoder reuses its row: it is valid until the decoder's next call.
 */
public final class SourceRow {
  private final InternalRow row;

  /** For this module's decoders. */
  public SourceRow(InternalRow row) {
    this.row = row;
  }

  /** For this module's programs. */
  public InternalRow internalRow() {
    return row;
  }
}

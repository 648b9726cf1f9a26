package io.millrace.view.internal.avro.read;

import io.millrace.view.RejectedRecordException;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Reads one value, written with one schema, as the Catalyst value of the reader's type. Immutable
 * and thread-safe.
 */
public abstract class ValueReader {
  /** The value; null is SQL NULL. What it returns may share the input's bytes, and nothing else. */
  abstract Object read(AvroInput in) throws RejectedRecordException;

  /** As {@link #read}, into a row; overridden where that saves boxing. */
  void readInto(AvroInput in, InternalRow row, int ordinal) throws RejectedRecordException {
    Object value = read(in);
    if (value == null) {
      row.setNullAt(ordinal);
    } else {
      row.update(ordinal, value);
    }
  }
}

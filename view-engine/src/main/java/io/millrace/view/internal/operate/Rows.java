package io.millrace.view.internal.operate;

import org.apache.spark.sql.catalyst.InternalRow;

/** A step that is running. Thread-confined. */
public interface Rows {
  /** The next row, valid until the next call; null at the end, and after it. */
  InternalRow next();
}

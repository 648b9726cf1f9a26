package io.millrace.view.internal.key;

import io.millrace.view.GroupKey;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** A group key over the bytes of Spark's row format: equal bytes are equal keys. */
public final class RowKey implements GroupKey {
  private final KeyCodec codec;
  private UnsafeRow row;

  public RowKey(KeyCodec codec, UnsafeRow row) {
    this.codec = codec;
    this.row = row;
  }

  public void set(UnsafeRow next) {
    row = next;
  }

  @Override
  public GroupKey copy() {
    return new RowKey(codec, row.copy());
  }

  @Override
  public byte[] toBytes() {
    return codec.encode(row);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowKey key && row.equals(key.row);
  }

  @Override
  public int hashCode() {
    return row.hashCode();
  }

  @Override
  public String toString() {
    return row.toString();
  }
}

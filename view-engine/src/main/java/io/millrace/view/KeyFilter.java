package io.millrace.view;

/** Which group keys a query wants. Thread-confined. */
public interface KeyFilter {
  /** Inclusive lower bound of the encoded keys that can match; empty array: from the first. */
  byte[] from();

  /** Exclusive upper bound of the encoded keys that can match; null: to the last. */
  byte[] to();

  /** Whether this key matches every condition. */
  boolean test(byte[] groupKey);
}

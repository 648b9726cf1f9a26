package io.millrace.view;

/**
 * The values of a view's grouping expressions, as a map key: equal keys are one group in Spark.
 *
 * <p>A key handed to a {@link Groups} lookup is reused by the program: {@link #copy} it to keep it.
 */
public interface GroupKey {
  /** A key equal to this one that stays valid. */
  GroupKey copy();

  /**
   * The key in the order-preserving, self-delimiting encoding of {@code docs/spec/group-key.md}:
   * comparing two encodings as unsigned bytes compares the values column by column, NULL first.
   */
  byte[] toBytes();

  @Override
  boolean equals(Object other);

  @Override
  int hashCode();
}

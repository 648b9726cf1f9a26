package io.millrace.serving.lookup.content;

import io.millrace.control.error.MillraceException;
import java.util.List;

/** The rows of a lookup's content, one after the other. Thread-confined. */
public interface LookupRows extends AutoCloseable {
  /**
   * Goes to the next row; false at the end.
   *
   * @throws MillraceException {@code LOOKUP_FAILED} with the place of what cannot be read
   */
  boolean next();

  /**
   * Its values, one for each column of the definition, as {@link
   * io.millrace.view.lookup.LookupEncoder#encode} takes them.
   */
  List<Object> values();

  /** Where it begins: a line, or a row, from 1. */
  long number();

  /** What {@link #number} counts: {@code "line"} or {@code "row"}. */
  String unit();

  @Override
  void close();
}

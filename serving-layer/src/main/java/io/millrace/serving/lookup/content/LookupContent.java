package io.millrace.serving.lookup.content;

import io.millrace.control.model.LookupDefinition;
import java.util.List;

/**
 * Where a lookup's content is. What it throws is a {@code MillraceException} with {@code
 * LOOKUP_FAILED}. For one thread.
 */
public interface LookupContent {
  /**
   * What is cheap to know of the content: as long as it is equal, nobody looks further. Differs
   * where the content was replaced, and may differ where it was not.
   */
  String stamp();

  /** An id of the content itself: equal wherever and whenever the same bytes are read. */
  String id();

  /** The columns that the content has, for a table that declares none. */
  List<LookupDefinition.Column> columns();

  /** Its rows; the caller closes them. */
  LookupRows rows();
}

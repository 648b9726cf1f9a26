package io.millrace.view.internal.avro.read;

import io.millrace.view.RejectedRecordException;

/** Builds the path of the field a rejection is about, from the inside out. */
final class FieldPath {
  private static final String START = "field ";
  private static final String END = ": ";

  private FieldPath() {}

  static RejectedRecordException prefix(String field, RejectedRecordException inner) {
    if (field.isEmpty()) {
      return inner;
    }
    String reason = inner.getMessage();
    return new RejectedRecordException(
        reason.startsWith(START)
            ? START + field + "." + reason.substring(START.length())
            : START + field + END + reason);
  }
}

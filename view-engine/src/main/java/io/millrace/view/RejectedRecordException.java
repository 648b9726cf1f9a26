package io.millrace.view;

/** A record whose bytes cannot be decoded. The message is the reason kept beside the bytes. */
public final class RejectedRecordException extends Exception {
  private static final long serialVersionUID = 1L;

  public RejectedRecordException(String reason) {
    // No stack trace: rejected records may come in floods.
    super(reason, null, false, false);
  }
}

package io.millrace.control.error;

/** An error a person can act on. The message reads "cannot X: found A, expected B; do C". */
public class MillraceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public MillraceException(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  public MillraceException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }
}

package io.millrace.view.lookup;

/** What is wrong with one value of a lookup's row: "column c: found a, expected b". */
public final class BadValueException extends Exception {
  private static final long serialVersionUID = 1L;

  public BadValueException(String message) {
    super(message);
  }
}

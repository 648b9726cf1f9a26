package io.millrace.serving.pgsql;

import java.util.Optional;
import java.util.OptionalInt;

/** What a client is told instead of an answer: Postgres' ErrorResponse. Immutable. */
public final class PgError extends RuntimeException {
  public static final String SYNTAX = "42601";
  public static final String UNDEFINED_COLUMN = "42703";
  public static final String UNDEFINED_TABLE = "42P01";
  public static final String UNDEFINED_FUNCTION = "42883";
  public static final String UNDEFINED_OBJECT = "42704";
  public static final String INDETERMINATE_TYPE = "42P18";
  public static final String DUPLICATE_CURSOR = "42P03";
  public static final String DUPLICATE_STATEMENT = "42P05";
  public static final String ACCESS_RULE = "42000";
  public static final String NOT_SUPPORTED = "0A000";
  public static final String READ_ONLY = "25006";
  public static final String IN_FAILED_TRANSACTION = "25P02";
  public static final String NO_ACTIVE_TRANSACTION = "25P01";
  public static final String INVALID_VALUE = "22023";
  public static final String INVALID_TEXT = "22P02";
  public static final String INVALID_BINARY = "22P03";
  public static final String OUT_OF_RANGE = "22003";
  public static final String DATETIME_OUT_OF_RANGE = "22008";
  public static final String INVALID_DATETIME = "22007";
  public static final String DATA = "22000";
  public static final String NO_STATEMENT = "26000";
  public static final String NO_CURSOR = "34000";
  public static final String PROTOCOL = "08P01";
  public static final String TOO_MANY_CONNECTIONS = "53300";
  public static final String RESOURCES = "53000";
  public static final String LIMIT = "54000";
  public static final String NOT_READY = "55000";
  public static final String CANCELED = "57014";
  public static final String SHUTDOWN = "57P01";
  public static final String IDLE = "57P05";
  public static final String INTERNAL = "XX000";

  private final String sqlState;
  private final String hint;
  private final int offset;

  private PgError(String sqlState, String message, String hint, int offset, Throwable cause) {
    super(message, cause);
    this.sqlState = sqlState;
    this.hint = hint;
    this.offset = offset;
  }

  /**
   * @param message "cannot X: found A, expected B"
   */
  public static PgError of(String sqlState, String message) {
    return new PgError(sqlState, message, null, -1, null);
  }

  /** With what to do. */
  public PgError hint(String text) {
    return new PgError(sqlState, getMessage(), text, offset, this);
  }

  /**
   * With its place.
   *
   * @param chars of the text that was sent, before it
   */
  public PgError at(int chars) {
    return new PgError(sqlState, getMessage(), hint, chars, this);
  }

  public String sqlState() {
    return sqlState;
  }

  /** What to do. */
  public Optional<String> hint() {
    return Optional.ofNullable(hint);
  }

  /** Where, in UTF-16 units of the text that was sent, from 0. */
  public OptionalInt offset() {
    return offset < 0 ? OptionalInt.empty() : OptionalInt.of(offset);
  }
}

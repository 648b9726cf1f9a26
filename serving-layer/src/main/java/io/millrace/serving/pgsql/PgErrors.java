package io.millrace.serving.pgsql;

import io.millrace.control.error.MillraceException;
import java.util.concurrent.CancellationException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What goes wrong with a question, as Postgres' states and places. Stateless. */
public final class PgErrors {
  private static final Logger LOG = LoggerFactory.getLogger(PgErrors.class);
  private static final Pattern PLACE = Pattern.compile("line (\\d+), column (\\d+): ");

  private PgErrors() {}

  public static PgError of(Throwable error) {
    if (error instanceof PgError known) {
      return known;
    }
    if (error instanceof MillraceException known) {
      return told(known);
    }
    if (error instanceof CancellationException) {
      return PgError.of(PgError.CANCELED, "canceling statement due to user request");
    }
    LOG.error("cannot answer over Postgres' wire", error);
    return PgError.of(PgError.INTERNAL, "cannot answer: found " + error)
        .hint("the serving layer's log says more");
  }

  /**
   * @param sql whose lines and columns the error names
   */
  public static PgError of(RuntimeException error, SparkSql sql) {
    PgError told = of(error);
    Matcher place = PLACE.matcher(String.valueOf(error.getMessage()));
    return error instanceof MillraceException && place.find()
        ? told.at(sql.offset(number(place.group(1)), number(place.group(2))))
        : told;
  }

  private static int number(String digits) {
    return digits.length() > 9 ? Integer.MAX_VALUE / 2 : Integer.parseInt(digits);
  }

  /** "cannot X: found A, expected B; do C": C is the hint. */
  private static PgError told(MillraceException error) {
    String message = PLACE.matcher(error.getMessage()).replaceFirst("");
    int hint = message.lastIndexOf("; ");
    PgError told = PgError.of(state(error), hint < 0 ? message : message.substring(0, hint));
    return hint < 0 ? told : told.hint(message.substring(hint + 2));
  }

  private static String state(MillraceException error) {
    return switch (error.code()) {
      case SQL_SYNTAX -> PgError.SYNTAX;
      case UNKNOWN_COLUMN -> PgError.UNDEFINED_COLUMN;
      case INVALID_SQL ->
          error.getMessage().contains("found unknown function")
              ? PgError.UNDEFINED_FUNCTION
              : PgError.ACCESS_RULE;
      case NOT_SUPPORTED -> PgError.NOT_SUPPORTED;
      case VIEW_UNKNOWN -> PgError.UNDEFINED_TABLE;
      case VIEW_NOT_READY, SEGMENT_GAP -> PgError.NOT_READY;
      case BAD_REQUEST -> PgError.DATA;
      case BUSY -> PgError.RESOURCES;
      case QUERY_LIMIT -> PgError.LIMIT;
      default -> PgError.INTERNAL;
    };
  }
}

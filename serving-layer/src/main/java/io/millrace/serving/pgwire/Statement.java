package io.millrace.serving.pgwire;

import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.pgsql.PgType;
import io.millrace.serving.pgsql.SqlLexer;
import io.millrace.serving.pgsql.SqlToken;
import java.util.List;
import java.util.Optional;

/**
 * A statement that was parsed. It keeps its text, and not its words, of which a client may keep
 * many. Thread-confined.
 */
final class Statement {
  private final String sent;
  private final int start;
  private final int end;
  private final List<PgType> parameters;
  private final Kind kind;
  private Optional<List<PgColumn>> described = Optional.empty();

  /** Who answers. */
  enum Kind {
    /** Nobody: it has no word. */
    EMPTY,
    /** The session. */
    COMMAND,
    /** What there is, from memory. */
    CATALOG,
    /** Views. */
    QUESTION
  }

  /**
   * @param sent the text it is part of
   * @param start where its first word begins
   * @param end where its last word ends
   */
  Statement(String sent, int start, int end, List<PgType> parameters, Kind kind) {
    this.sent = sent;
    this.start = start;
    this.end = end;
    this.parameters = List.copyOf(parameters);
    this.kind = kind;
  }

  String sent() {
    return sent;
  }

  List<SqlToken> tokens() {
    return kind == Kind.EMPTY ? List.of() : SqlLexer.tokens(sent, start, end);
  }

  List<PgType> parameters() {
    return parameters;
  }

  Kind kind() {
    return kind;
  }

  /** What its client was told of its columns. */
  Optional<List<PgColumn>> described() {
    return described;
  }

  void described(List<PgColumn> columns) {
    described = Optional.of(columns);
  }
}

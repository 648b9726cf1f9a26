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
  private final int index;
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
   * @param index which of its statements
   */
  Statement(String sent, int index, List<PgType> parameters, Kind kind) {
    this.sent = sent;
    this.index = index;
    this.parameters = List.copyOf(parameters);
    this.kind = kind;
  }

  String sent() {
    return sent;
  }

  List<SqlToken> tokens() {
    return kind == Kind.EMPTY ? List.of() : SqlLexer.statements(sent).get(index);
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

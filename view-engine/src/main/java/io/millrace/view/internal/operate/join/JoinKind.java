package io.millrace.view.internal.operate.join;

/** Which rows a join makes, said of the side that is read through and the side that is held. */
public enum JoinKind {
  /** Each row with each of its matches. */
  INNER,
  /** The same; a row without a match once, with NULLs. */
  OUTER,
  /** The same; also the held rows that matched nothing, at the end. */
  FULL,
  /** Each row that has a match, by itself. */
  SEMI,
  /** Each row that has none, by itself. */
  ANTI;

  /** Whether its rows are those of the read side alone. */
  public boolean filters() {
    return this == SEMI || this == ANTI;
  }
}

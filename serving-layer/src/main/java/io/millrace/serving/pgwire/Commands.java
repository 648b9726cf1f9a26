package io.millrace.serving.pgwire;

import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgRows;
import io.millrace.serving.pgsql.PgType;
import io.millrace.serving.pgsql.SqlToken;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Statements on the session itself: settings, transactions (of reads alone, each with its own pin),
 * cursors; and the refusal of what writes. Thread-confined.
 */
final class Commands {
  /** What changes data or what there is. */
  private static final Set<String> WRITES =
      Set.of(
          "insert",
          "update",
          "delete",
          "merge",
          "truncate",
          "create",
          "drop",
          "alter",
          "grant",
          "revoke",
          "comment",
          "refresh",
          "reindex",
          "cluster",
          "vacuum",
          "import",
          "reassign",
          "security",
          "analyze");

  private static final Set<String> NOT_HERE =
      Set.of("copy", "listen", "notify", "prepare", "execute", "lock", "do", "call", "load");

  private static final Set<String> OWN =
      Set.of(
          "begin",
          "start",
          "commit",
          "end",
          "rollback",
          "abort",
          "savepoint",
          "release",
          "set",
          "show",
          "reset",
          "discard",
          "deallocate",
          "declare",
          "fetch",
          "move",
          "close",
          "unlisten",
          "checkpoint");

  private static final Set<String> IN_FAILED = Set.of("rollback", "abort", "commit", "end");

  private final Session session;
  private final Questions questions;

  /** What comes of a command. */
  sealed interface Outcome {}

  /** A tag alone. */
  record Done(String tag) implements Outcome {}

  /** Rows, and a tag. */
  record Shown(PgRows rows, String tag) implements Outcome {}

  /** Rows of a portal: as many as {@code count}; with {@code FETCH} as the tag. */
  record Fetched(Portal portal, long count, boolean moved) implements Outcome {}

  Commands(Session session, Questions questions) {
    this.session = session;
    this.questions = questions;
  }

  static boolean answers(List<SqlToken> tokens) {
    String word = word(tokens, 0);
    return OWN.contains(word) || WRITES.contains(word) || NOT_HERE.contains(word);
  }

  /**
   * @throws PgError {@code 25P02} within a transaction that failed, but for what ends it
   */
  static void check(List<SqlToken> tokens, Session session) {
    if (session.status() == 'E' && !IN_FAILED.contains(word(tokens, 0))) {
      throw PgError.of(
          PgError.IN_FAILED_TRANSACTION,
          "current transaction is aborted, commands ignored until end of transaction block");
    }
  }

  private static String word(List<SqlToken> tokens, int i) {
    return i < tokens.size() ? tokens.get(i).text() : "";
  }

  /** The columns of its rows, if it has rows. */
  Optional<List<PgColumn>> columns(List<SqlToken> tokens) {
    return switch (word(tokens, 0)) {
      case "show" -> Optional.of(showColumns(tokens));
      case "fetch" -> Optional.of(fetched(tokens).portal().rows().columns());
      default -> Optional.empty();
    };
  }

  /**
   * @param statement whose words these are
   * @throws PgError {@code 25006} for what writes, {@code 0A000}
   */
  Outcome run(Statement statement, List<SqlToken> tokens) {
    String word = word(tokens, 0);
    if (WRITES.contains(word)) {
      throw PgError.of(
              PgError.READ_ONLY,
              "cannot execute "
                  + word.toUpperCase(java.util.Locale.ROOT)
                  + ": found a statement"
                  + " that writes, expected SELECT, for serving only reads")
          .hint("views are changed with `millrace apply`, records by their topics")
          .at(tokens.get(0).start());
    }
    return switch (word) {
      case "begin", "start" -> begin(word);
      case "commit", "end" -> commit();
      case "rollback", "abort" -> rollback(tokens);
      case "savepoint" -> savepoint("SAVEPOINT");
      case "release" -> savepoint("RELEASE");
      case "set" -> set(tokens);
      case "show" -> show(tokens);
      case "reset" -> reset(tokens);
      case "discard" -> discard();
      case "deallocate" -> deallocate(tokens);
      case "declare" -> declare(statement, tokens);
      case "fetch", "move" -> fetched(tokens);
      case "close" -> close(tokens);
      case "unlisten" -> new Done("UNLISTEN");
      default ->
          throw PgError.of(
                  PgError.NOT_SUPPORTED,
                  "cannot execute "
                      + word.toUpperCase(java.util.Locale.ROOT)
                      + ": found a statement"
                      + " that is not known here, expected SELECT")
              .at(tokens.get(0).start());
    };
  }

  private Outcome begin(String word) {
    if (session.status() == 'T') {
      session.tell(List.of("there is already a transaction in progress"));
    }
    session.begin();
    return new Done(word.equals("start") ? "START TRANSACTION" : "BEGIN");
  }

  private Outcome commit() {
    String tag = session.status() == 'E' ? "ROLLBACK" : "COMMIT";
    session.end();
    return new Done(tag);
  }

  private Outcome rollback(List<SqlToken> tokens) {
    if (tokens.stream().anyMatch(token -> token.is("to"))) {
      inTransaction("ROLLBACK TO SAVEPOINT");
      session.recover();
    } else {
      session.end();
    }
    return new Done("ROLLBACK");
  }

  private Outcome savepoint(String tag) {
    inTransaction(tag);
    return new Done(tag);
  }

  private void inTransaction(String what) {
    if (session.status() == 'I') {
      throw PgError.of(
          PgError.NO_ACTIVE_TRANSACTION, what + " can only be used in transaction blocks");
    }
  }

  /** {@code SET [SESSION|LOCAL] name {=|TO} value, …}. */
  private Outcome set(List<SqlToken> tokens) {
    int i = 1;
    if (List.of("session", "local").contains(word(tokens, i))) {
      i++;
    }
    switch (word(tokens, i)) {
      case "transaction", "characteristics", "constraints" -> {
        return new Done("SET");
      }
      case "time" -> {
        set("TimeZone", value(tokens.subList(Math.min(tokens.size(), i + 2), tokens.size())));
        return new Done("SET");
      }
      case "names" -> {
        set("client_encoding", value(tokens.subList(i + 1, tokens.size())));
        return new Done("SET");
      }
      case "role", "authorization" ->
          throw PgError.of(
              PgError.NOT_SUPPORTED,
              "cannot SET ROLE: found a role, expected none, for there is one");
      default -> {}
    }
    StringBuilder name = new StringBuilder();
    while (i < tokens.size() && !tokens.get(i).is("=") && !tokens.get(i).is("to")) {
      name.append(tokens.get(i++).text());
    }
    if (i >= tokens.size() || name.isEmpty()) {
      throw PgError.of(PgError.SYNTAX, "cannot SET: found no value, expected SET name = value")
          .at(tokens.get(tokens.size() - 1).end());
    }
    set(name.toString(), value(tokens.subList(i + 1, tokens.size())));
    return new Done("SET");
  }

  private void set(String name, String value) {
    if (value.equalsIgnoreCase("default")) {
      session.variables().reset(name);
    } else {
      session.variables().set(name, value);
    }
  }

  private static String value(List<SqlToken> tokens) {
    StringBuilder value = new StringBuilder();
    for (SqlToken token : tokens) {
      boolean glued = value.isEmpty() || token.is(",") || value.charAt(value.length() - 1) == '-';
      value.append(glued ? "" : " ").append(token.text());
    }
    return value.toString();
  }

  private Outcome show(List<SqlToken> tokens) {
    List<PgColumn> columns = showColumns(tokens);
    if (columns.size() > 1) {
      List<List<Object>> rows = new ArrayList<>();
      for (Map.Entry<String, String> each : session.variables().all().entrySet()) {
        rows.add(List.of(each.getKey(), each.getValue(), ""));
      }
      return new Shown(PgRows.of(columns, rows), "SHOW");
    }
    String value = session.variables().show(columns.get(0).name());
    return new Shown(PgRows.of(columns, List.of(List.of(value))), "SHOW");
  }

  private static List<PgColumn> showColumns(List<SqlToken> tokens) {
    String name =
        switch (word(tokens, 1)) {
          case "time" -> "TimeZone";
          case "transaction" -> "transaction_isolation";
          default -> String.join("", tokens.stream().skip(1).map(SqlToken::text).toList());
        };
    return name.equals("all")
        ? List.of(
            new PgColumn("name", PgType.TEXT),
            new PgColumn("setting", PgType.TEXT),
            new PgColumn("description", PgType.TEXT))
        : List.of(new PgColumn(name, PgType.TEXT));
  }

  private Outcome reset(List<SqlToken> tokens) {
    if (word(tokens, 1).equals("all")) {
      session.variables().resetAll();
    } else {
      session.variables().reset(value(tokens.subList(1, tokens.size())));
    }
    return new Done("RESET");
  }

  private Outcome discard() {
    session.closePortals(true);
    session.forgetAll();
    session.variables().resetAll();
    return new Done("DISCARD ALL");
  }

  private Outcome deallocate(List<SqlToken> tokens) {
    int i = word(tokens, 1).equals("prepare") ? 2 : 1;
    if (i < tokens.size() && tokens.get(i).is("all")) {
      session.forgetAll();
      return new Done("DEALLOCATE ALL");
    }
    session.statement(word(tokens, i));
    session.forget(word(tokens, i));
    return new Done("DEALLOCATE");
  }

  /** {@code DECLARE name … CURSOR [WITH HOLD] FOR query}. */
  private Outcome declare(Statement statement, List<SqlToken> tokens) {
    int cursor = index(tokens, "cursor");
    int begin = index(tokens, "for");
    if (cursor < 2 || begin < cursor || begin + 1 >= tokens.size()) {
      throw PgError.of(
              PgError.SYNTAX, "cannot DECLARE: expected DECLARE name CURSOR FOR and a SELECT")
          .at(tokens.get(0).start());
    }
    List<SqlToken> before = tokens.subList(2, begin);
    boolean held = index(before, "hold") > 0 && before.stream().noneMatch(t -> t.is("without"));
    if (before.stream().anyMatch(t -> t.is("scroll"))
        && before.stream().noneMatch(t -> t.is("no"))) {
      throw PgError.of(
              PgError.NOT_SUPPORTED, "cannot DECLARE: found SCROLL, expected a cursor that goes on")
          .hint("leave SCROLL out, and ask again for rows that have gone by");
    }
    if (!held) {
      inTransaction("DECLARE CURSOR");
    }
    boolean binary = before.stream().anyMatch(t -> t.is("binary"));
    List<SqlToken> query = List.copyOf(tokens.subList(begin + 1, tokens.size()));
    Portal portal =
        new Portal(
            statement,
            binary ? new Formats(List.of(1)) : Formats.TEXT,
            held,
            () -> questions.rows(query, List.of(), List.of(), session));
    session.open(word(tokens, 1), portal);
    boolean opened = false;
    try {
      session.working(portal);
      // What is wrong with it is said here, and the rows are those of now.
      portal.rows();
      opened = true;
    } finally {
      if (!opened) {
        session.closePortal(word(tokens, 1));
      }
    }
    return new Done("DECLARE CURSOR");
  }

  private static int index(List<SqlToken> tokens, String word) {
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i).is(word)) {
        return i;
      }
    }
    return -1;
  }

  /** {@code FETCH [NEXT | FORWARD] [count | ALL] [FROM | IN] name}. */
  private Fetched fetched(List<SqlToken> tokens) {
    if (tokens.size() < 2) {
      throw PgError.of(PgError.SYNTAX, "cannot FETCH: expected FETCH count FROM cursor");
    }
    long count = 1;
    for (SqlToken token : tokens.subList(1, tokens.size() - 1)) {
      switch (token.text()) {
        case "next", "forward", "from", "in" -> {}
        case "all" -> count = Long.MAX_VALUE;
        default -> count = count(token);
      }
    }
    Portal portal = session.portal(tokens.get(tokens.size() - 1).text());
    return new Fetched(portal, count, word(tokens, 0).equals("move"));
  }

  private static long count(SqlToken token) {
    if (token.kind() == SqlToken.Kind.NUMBER && token.text().matches("\\d{1,9}")) {
      return Long.parseLong(token.text());
    }
    throw PgError.of(
            "55000",
            "cannot FETCH: found " + token.text() + ", expected NEXT, FORWARD, a count or ALL")
        .hint("a cursor only goes on")
        .at(token.start());
  }

  private Outcome close(List<SqlToken> tokens) {
    if (word(tokens, 1).equals("all")) {
      session.closePortals(true);
      return new Done("CLOSE CURSOR ALL");
    }
    session.portal(word(tokens, 1));
    session.closePortal(word(tokens, 1));
    return new Done("CLOSE CURSOR");
  }
}

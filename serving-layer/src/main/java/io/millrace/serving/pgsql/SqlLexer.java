package io.millrace.serving.pgsql;

import io.millrace.serving.pgsql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads SQL as Postgres does with {@code standard_conforming_strings}: a backslash in {@code '…'}
 * is one, {@code E'…'} has escapes, {@code $tag$…$tag$} is a text, comments nest.
 */
public final class SqlLexer {
  private static final List<String> OPERATORS =
      List.of(
          "<=>", ">>>", "==", "!~~*", "!~~", "!~*", "->>", "#>>", "~~*", "::", "<=", ">=", "<>",
          "!=", "||", "!~", "~*", "~~", "->", "=>", "#>", "@>", "<@", "&&", "<<", ">>", ":=");

  private final String sql;
  private int at;

  private SqlLexer(String sql) {
    this.sql = sql;
  }

  /**
   * The statements of a text, each without its semicolon; those without a word are left out.
   *
   * @throws PgError {@code 42601}
   */
  public static List<List<SqlToken>> statements(String sql) {
    List<List<SqlToken>> statements = new ArrayList<>();
    List<SqlToken> statement = new ArrayList<>();
    for (SqlToken token : tokens(sql)) {
      if (token.is(";")) {
        if (!statement.isEmpty()) {
          statements.add(statement);
        }
        statement = new ArrayList<>();
      } else {
        statement.add(token);
      }
    }
    if (!statement.isEmpty()) {
      statements.add(statement);
    }
    return statements;
  }

  /**
   * @throws PgError {@code 42601}
   */
  public static List<SqlToken> tokens(String sql) {
    return tokens(sql, 0, sql.length());
  }

  /**
   * Those of a part of a text, with their places in the whole.
   *
   * @param from where one begins
   * @param to where one ends
   * @throws PgError {@code 42601}
   */
  public static List<SqlToken> tokens(String sql, int from, int to) {
    SqlLexer lexer = new SqlLexer(sql);
    lexer.at = from;
    List<SqlToken> tokens = new ArrayList<>();
    while (lexer.at < to && lexer.skip()) {
      tokens.add(lexer.next());
    }
    return tokens;
  }

  /** Goes to the next word; false at the end. */
  private boolean skip() {
    while (at < sql.length()) {
      if (Character.isWhitespace(sql.charAt(at))) {
        at++;
      } else if (sql.startsWith("--", at)) {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end + 1;
      } else if (sql.startsWith("/*", at)) {
        comment();
      } else {
        return true;
      }
    }
    return false;
  }

  private void comment() {
    int start = at;
    int depth = 0;
    do {
      if (sql.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (sql.startsWith("*/", at)) {
        depth--;
        at += 2;
      } else if (at >= sql.length()) {
        throw unended("a comment", "*/", start);
      } else {
        at++;
      }
    } while (depth > 0);
  }

  private SqlToken next() {
    int start = at;
    char c = sql.charAt(at);
    if (c == '\'') {
      return new SqlToken(Kind.TEXT, quoted('\'', "a text"), start, at);
    }
    if (c == '"') {
      return new SqlToken(Kind.QUOTED_NAME, quoted('"', "a name"), start, at);
    }
    if (c == '`') {
      // As Spark has it, whose SQL this is otherwise.
      return new SqlToken(Kind.QUOTED_NAME, quoted('`', "a name"), start, at);
    }
    if ((c == 'e' || c == 'E') && at + 1 < sql.length() && sql.charAt(at + 1) == '\'') {
      at++;
      return new SqlToken(Kind.TEXT, escaped(), start, at);
    }
    if (Character.isLetter(c) || c == '_') {
      while (at < sql.length() && isPart(sql.charAt(at))) {
        at++;
      }
      return new SqlToken(Kind.WORD, SqlToken.folded(sql.substring(start, at)), start, at);
    }
    if (isDigit(c) || c == '.' && at + 1 < sql.length() && isDigit(sql.charAt(at + 1))) {
      return number(start);
    }
    if (c == '$') {
      return dollar(start);
    }
    for (String operator : OPERATORS) {
      if (sql.startsWith(operator, at)) {
        at += operator.length();
        return new SqlToken(Kind.OPERATOR, operator, start, at);
      }
    }
    at++;
    return new SqlToken(Kind.OPERATOR, String.valueOf(c), start, at);
  }

  private static boolean isPart(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$';
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private String quoted(char quote, String what) {
    int start = at++;
    StringBuilder text = new StringBuilder();
    while (at < sql.length()) {
      char c = sql.charAt(at++);
      if (c != quote) {
        text.append(c);
      } else if (at < sql.length() && sql.charAt(at) == quote) {
        text.append(c);
        at++;
      } else {
        return text.toString();
      }
    }
    throw unended(what, String.valueOf(quote), start);
  }

  private String escaped() {
    int start = at++;
    StringBuilder text = new StringBuilder();
    while (at < sql.length()) {
      char c = sql.charAt(at++);
      if (c == '\\' && at < sql.length()) {
        escape(text);
      } else if (c != '\'') {
        text.append(c);
      } else if (at < sql.length() && sql.charAt(at) == '\'') {
        text.append(c);
        at++;
      } else {
        return text.toString();
      }
    }
    throw unended("a text", "'", start);
  }

  private void escape(StringBuilder text) {
    char c = sql.charAt(at++);
    switch (c) {
      case 'n' -> text.append('\n');
      case 't' -> text.append('\t');
      case 'r' -> text.append('\r');
      case 'b' -> text.append('\b');
      case 'f' -> text.append('\f');
      case 'x', 'u', 'U' -> {
        int most = c == 'x' ? 2 : c == 'u' ? 4 : 8;
        int from = at;
        while (at < sql.length() && at - from < most && Character.digit(sql.charAt(at), 16) >= 0) {
          at++;
        }
        int code = at == from ? -1 : (int) Long.parseLong(sql.substring(from, at), 16);
        if (!Character.isValidCodePoint(code)) {
          throw PgError.of(
                  PgError.SYNTAX,
                  "cannot read the SQL: found the escape \\"
                      + c
                      + sql.substring(from, at)
                      + ", expected hexadecimal digits of a character")
              .at(from);
        }
        text.appendCodePoint(code);
      }
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        int code = c - '0';
        for (int i = 0;
            i < 2 && at < sql.length() && Character.digit(sql.charAt(at), 8) >= 0;
            i++) {
          code = code * 8 + Character.digit(sql.charAt(at++), 8);
        }
        text.appendCodePoint(code);
      }
      default -> text.append(c);
    }
  }

  private SqlToken number(int start) {
    while (at < sql.length()) {
      char c = sql.charAt(at);
      boolean exponent =
          (c == 'e' || c == 'E')
              && at + 1 < sql.length()
              && (isDigit(sql.charAt(at + 1))
                  || (sql.charAt(at + 1) == '-' || sql.charAt(at + 1) == '+')
                      && at + 2 < sql.length()
                      && isDigit(sql.charAt(at + 2)));
      if (exponent) {
        at += 2;
      } else if (isDigit(c) || c == '.') {
        at++;
      } else {
        break;
      }
    }
    return new SqlToken(Kind.NUMBER, sql.substring(start, at), start, at);
  }

  /** {@code $1}, or {@code $tag$…$tag$}. */
  private SqlToken dollar(int start) {
    int end = at + 1;
    while (end < sql.length() && isDigit(sql.charAt(end))) {
      end++;
    }
    if (end > at + 1) {
      at = end;
      if (end - start > 6) {
        throw PgError.of(
                PgError.SYNTAX,
                "cannot read the SQL: found parameter "
                    + sql.substring(start, end)
                    + ", expected $1 to $65535")
            .at(start);
      }
      return new SqlToken(Kind.PARAMETER, sql.substring(start + 1, end), start, end);
    }
    while (end < sql.length() && isPart(sql.charAt(end)) && sql.charAt(end) != '$') {
      end++;
    }
    if (end >= sql.length() || sql.charAt(end) != '$') {
      throw PgError.of(
              PgError.SYNTAX, "cannot read the SQL: found $, expected a parameter such as $1")
          .at(start);
    }
    String tag = sql.substring(start, end + 1);
    int close = sql.indexOf(tag, end + 1);
    if (close < 0) {
      throw unended("a text", tag, start);
    }
    at = close + tag.length();
    return new SqlToken(Kind.TEXT, sql.substring(end + 1, close), start, at);
  }

  private static PgError unended(String what, String end, int start) {
    return PgError.of(
            PgError.SYNTAX,
            "cannot read the SQL: found " + what + " that does not end, expected " + end)
        .at(start);
  }
}

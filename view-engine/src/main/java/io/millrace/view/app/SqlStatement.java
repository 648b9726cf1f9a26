package io.millrace.view.app;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.Token;
import org.apache.spark.sql.catalyst.parser.SqlBaseLexer;
import org.apache.spark.sql.catalyst.parser.UpperCaseCharStream;

/**
 * One statement of a file, which knows where it stands. Lines and columns count from 1, columns in
 * code points.
 */
final class SqlStatement {
  private final String file;
  private final String text;
  private final List<Token> tokens;

  private SqlStatement(String file, String text, List<Token> tokens) {
    this.file = file;
    this.text = text;
    this.tokens = tokens;
  }

  /**
   * The statements of a file, split as Spark's own lexer sees its semicolons.
   *
   * @throws MillraceException {@code SQL_SYNTAX} if a comment has no end, which would hide the rest
   */
  static List<SqlStatement> split(String file, String text) {
    SqlBaseLexer lexer = new SqlBaseLexer(new UpperCaseCharStream(CharStreams.fromString(text)));
    lexer.removeErrorListeners();
    List<SqlStatement> statements = new ArrayList<>();
    List<Token> tokens = new ArrayList<>();
    for (Token token = lexer.nextToken(); ; token = lexer.nextToken()) {
      if (lexer.has_unclosed_bracketed_comment) {
        throw new Place(file, token.getLine(), token.getCharPositionInLine() + 1)
            .error(
                ErrorCode.SQL_SYNTAX,
                "cannot read the file: found a comment without an end, expected */; add it");
      }
      boolean end = token.getType() == Token.EOF;
      if (end || token.getType() == SqlBaseLexer.SEMICOLON) {
        if (!tokens.isEmpty()) {
          statements.add(new SqlStatement(file, text, List.copyOf(tokens)));
          tokens.clear();
        }
        if (end) {
          return statements;
        }
      } else if (token.getChannel() == Token.DEFAULT_CHANNEL) {
        tokens.add(token);
      }
    }
  }

  /**
   * The statement alone, with everything before it in the file blanked, so that Spark's positions
   * in it are positions in the file.
   */
  String sql() {
    int from = offset(tokens.get(0).getStartIndex());
    int to = offset(tokens.get(tokens.size() - 1).getStopIndex() + 1);
    StringBuilder blank = new StringBuilder();
    text.substring(0, from).codePoints().forEach(c -> blank.append(c == '\n' ? '\n' : ' '));
    return blank + text.substring(from, to);
  }

  /** Index of a code point in {@link #text}. */
  private int offset(int codePoint) {
    return text.offsetByCodePoints(0, codePoint);
  }

  Place start() {
    return place(tokens.get(0));
  }

  /** Where {@code word}, an identifier or the content of a string, stands first; else the start. */
  Place find(String word) {
    for (Token token : tokens) {
      String written =
          text.substring(offset(token.getStartIndex()), offset(token.getStopIndex() + 1));
      if (written.equalsIgnoreCase(word)
          || (written.length() > 2
              && "'\"`".indexOf(written.charAt(0)) >= 0
              && written.substring(1, written.length() - 1).equalsIgnoreCase(word))) {
        return place(token);
      }
    }
    int dot = word.indexOf('.');
    return dot > 0 ? find(word.substring(0, dot)) : start();
  }

  private Place place(Token token) {
    return new Place(file, token.getLine(), token.getCharPositionInLine() + 1);
  }

  String file() {
    return file;
  }

  /**
   * A place in a file.
   *
   * @param line from 1
   * @param column from 1
   */
  record Place(String file, int line, int column) {
    /** The place that text starting here calls line {@code line}, column {@code column}. */
    Place within(int line, int column) {
      return new Place(file, this.line + line - 1, line == 1 ? this.column + column - 1 : column);
    }

    MillraceException error(ErrorCode code, String message) {
      return new MillraceException(code, this + ": " + message);
    }

    @Override
    public String toString() {
      return file + ":" + line + ":" + column;
    }
  }
}

package io.millrace.serving.pgsql;

import java.util.Locale;

/**
 * A word of SQL as Postgres reads it.
 *
 * @param kind what it is
 * @param text a name as it is meant (folded to lower case unless quoted), a text's value, a number,
 *     an operator, a parameter's number
 * @param start its first character in the text
 * @param end the one after its last
 */
public record SqlToken(Kind kind, String text, int start, int end) {
  /** What words there are. */
  public enum Kind {
    WORD,
    QUOTED_NAME,
    TEXT,
    NUMBER,
    PARAMETER,
    OPERATOR
  }

  /** Whether it is this word, unquoted, or this operator. */
  public boolean is(String lowerCase) {
    return (kind == Kind.WORD || kind == Kind.OPERATOR) && text.equals(lowerCase);
  }

  public boolean isName() {
    return kind == Kind.WORD || kind == Kind.QUOTED_NAME;
  }

  /** Whether it is this name, quoted or not. */
  public boolean names(String lowerCase) {
    return isName() && text.equals(lowerCase);
  }

  static String folded(String word) {
    return word.toLowerCase(Locale.ROOT);
  }
}

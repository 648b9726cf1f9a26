package io.millrace.serving.pgsql;

import io.millrace.serving.pgsql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement in Postgres' SQL as Spark reads it: names in backticks, texts with their backslashes,
 * {@code $1} as {@code :p1}, Postgres' names of types, no {@code public.} before a view. What Spark
 * does not know stays as it is, and is refused by its parser. Immutable.
 */
public final class SparkSql {
  /** Names of types that Spark has by another name. */
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("text", "STRING"),
          Map.entry("varchar", "STRING"),
          Map.entry("bpchar", "STRING"),
          Map.entry("name", "STRING"),
          Map.entry("uuid", "STRING"),
          Map.entry("bool", "BOOLEAN"),
          Map.entry("int2", "SMALLINT"),
          Map.entry("int4", "INT"),
          Map.entry("int8", "BIGINT"),
          Map.entry("float4", "FLOAT"),
          Map.entry("real", "FLOAT"),
          Map.entry("float8", "DOUBLE"),
          Map.entry("bytea", "BINARY"),
          Map.entry("timestamptz", "TIMESTAMP"));

  private static final int MOST_PARAMETERS = 1_000;

  private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d{0,38})(?:\\.(\\d{0,38}))?");

  private final List<SqlToken> tokens;
  private final List<PgType> parameters;
  private final StringBuilder text = new StringBuilder();
  private boolean lastNumber;
  private int lastEnd;

  /** Parameters that are numbers of rows, which Spark takes as INT alone. */
  private final Set<Integer> counts = new HashSet<>();

  /** Of the text here: where it stands in the text that was sent. */
  private final TreeMap<Integer, Integer> places = new TreeMap<>();

  private SparkSql(List<SqlToken> tokens, List<PgType> parameters) {
    this.tokens = tokens;
    this.parameters = parameters;
  }

  /**
   * @param statement without its semicolon
   * @param parameters type of {@code $1} and so on
   * @throws PgError {@code 42P02} for a parameter that is not among these, {@code 0A000}
   */
  public static SparkSql of(List<SqlToken> statement, List<PgType> parameters) {
    SparkSql sql = new SparkSql(statement, parameters);
    sql.write(0, statement.size());
    return sql;
  }

  /** What {@code $n} is called in {@link #text}. */
  public static String parameter(int n) {
    return "p" + n;
  }

  public String text() {
    return text.toString();
  }

  /** The numbers of parameters of LIMIT and OFFSET. */
  public Set<Integer> counts() {
    return counts;
  }

  /**
   * Where a place of {@link #text} is in the text that was sent.
   *
   * @param line from 1
   * @param column from 1, in characters as Spark's parser counts them: a surrogate pair is one
   */
  public int offset(int line, int column) {
    int at = 0;
    for (int i = 1; i < line; i++) {
      int end = text.indexOf("\n", at);
      if (end < 0) {
        break;
      }
      at = end + 1;
    }
    int ahead = Math.min(Math.max(0, column - 1), text.codePointCount(at, text.length()));
    Map.Entry<Integer, Integer> place = places.floorEntry(text.offsetByCodePoints(at, ahead));
    return place == null ? 0 : place.getValue();
  }

  /** The parameters' types: as the client says, else as their place says, else unknown. */
  public static List<PgType> parameterTypes(List<SqlToken> statement, List<Integer> said) {
    if (said.size() > MOST_PARAMETERS) {
      throw PgError.of(
          PgError.LIMIT,
          "cannot read the SQL: found types of %d parameters, expected at most %d"
              .formatted(said.size(), MOST_PARAMETERS));
    }
    List<PgType> types = new ArrayList<>();
    for (int oid : said) {
      types.add(oid == 0 ? null : PgType.ofOid(oid).orElse(PgType.TEXT));
    }
    for (int i = 0; i < statement.size(); i++) {
      SqlToken token = statement.get(i);
      if (token.kind() == Kind.PARAMETER) {
        int n = Integer.parseInt(token.text());
        if (n < 1 || n > MOST_PARAMETERS) {
          throw PgError.of(
                  PgError.LIMIT,
                  "cannot read the SQL: found parameter $%d, expected $1 to $%d"
                      .formatted(n, MOST_PARAMETERS))
              .at(token.start());
        }
        while (types.size() < n) {
          types.add(null);
        }
        if (types.get(n - 1) == null || types.get(n - 1) == PgType.UNKNOWN) {
          types.set(n - 1, ofPlace(statement, i).orElse(null));
        }
      }
    }
    types.replaceAll(type -> type == null ? PgType.UNKNOWN : type);
    return List.copyOf(types);
  }

  private static Optional<PgType> ofPlace(List<SqlToken> statement, int i) {
    if (i > 0 && (statement.get(i - 1).is("limit") || statement.get(i - 1).is("offset"))) {
      return Optional.of(PgType.INT4);
    }
    if (i + 2 < statement.size() && statement.get(i + 1).is("::")) {
      return PgType.named(statement.get(i + 2).text());
    }
    return Optional.empty();
  }

  private void write(int from, int to) {
    for (int i = from; i < to; ) {
      i = writeOne(i);
    }
  }

  private SqlToken at(int i) {
    return i >= 0 && i < tokens.size() ? tokens.get(i) : new SqlToken(Kind.OPERATOR, "", 0, 0);
  }

  /** Writes a word, or several that go together; the index of the next. */
  private int writeOne(int i) {
    SqlToken token = tokens.get(i);
    if (token.names("public") && at(i + 1).is(".") && !at(i - 1).is(".")) {
      return i + 2;
    }
    if (token.isName() && at(i + 1).is(".") && at(i + 2).names("public") && at(i + 3).is(".")) {
      return i + 4;
    }
    if (token.is("extract") && at(i + 1).is("(") && at(i + 2).is("epoch") && at(i + 3).is("from")) {
      return epoch(i);
    }
    if (token.is("cast") && at(i + 1).is("(")) {
      return cast(i);
    }
    if (token.is("::")) {
      add(token, "::");
      return type(i + 1);
    }
    if (token.is("timestamptz") && at(i + 1).kind() == Kind.TEXT) {
      add(token, "TIMESTAMP");
      return i + 1;
    }
    if (token.is("timestamp")
        && (at(i + 1).is("with") || at(i + 1).is("without"))
        && at(i + 2).is("time")
        && at(i + 3).is("zone")
        && at(i + 4).kind() == Kind.TEXT) {
      add(token, "TIMESTAMP");
      return i + 4;
    }
    if (token.is("~") && i > 0 && operand(at(i - 1))) {
      add(token, "RLIKE");
      return i + 1;
    }
    if (token.is("!~")) {
      add(token, "NOT RLIKE");
      return i + 1;
    }
    if (token.kind() == Kind.PARAMETER && (at(i - 1).is("limit") || at(i - 1).is("offset"))) {
      counts.add(Integer.parseInt(token.text()));
    }
    if (isExact(token, i)) {
      return exact(token, i);
    }
    add(token, written(token));
    return i + 1;
  }

  /** A value as a number of as many digits as it has: {@code '1.50'::numeric}. */
  private boolean isExact(SqlToken token, int i) {
    return (token.kind() == Kind.TEXT
            || token.kind() == Kind.PARAMETER && ofParameter(token) == PgType.NUMERIC)
        && at(i + 1).is("::")
        && (at(i + 2).is("numeric") || at(i + 2).is("decimal"))
        && !at(i + 3).is("(");
  }

  private int exact(SqlToken token, int i) {
    if (token.kind() == Kind.PARAMETER) {
      add(token, written(token));
      return i + 3;
    }
    Matcher number = NUMBER.matcher(token.text());
    if (!number.matches()) {
      throw PgError.of(
              PgError.INVALID_TEXT,
              "invalid input syntax for type numeric: \"" + token.text() + "\"")
          .at(token.start());
    }
    int scale = number.group(2) == null ? 0 : number.group(2).length();
    int digits = Math.max(1, number.group(1).length() + scale);
    add(token, "CAST(" + written(token) + " AS DECIMAL(" + digits + ", " + scale + "))");
    return i + 3;
  }

  private PgType ofParameter(SqlToken token) {
    int n = Integer.parseInt(token.text());
    return n < 1 || n > parameters.size() ? PgType.UNKNOWN : parameters.get(n - 1);
  }

  private static boolean operand(SqlToken token) {
    return token.kind() != Kind.OPERATOR || token.is(")") || token.is("]");
  }

  private String written(SqlToken token) {
    return switch (token.kind()) {
      case QUOTED_NAME -> "`" + token.text().replace("`", "``") + "`";
      case TEXT -> "'" + token.text().replace("\\", "\\\\").replace("'", "\\'") + "'";
      case PARAMETER -> parameter(token);
      default -> token.text();
    };
  }

  private String parameter(SqlToken token) {
    int n = Integer.parseInt(token.text());
    if (n < 1 || n > parameters.size()) {
      throw PgError.of(
              "42P02",
              "cannot answer: found parameter $" + n + ", expected $1 to $" + parameters.size())
          .hint("give its value")
          .at(token.start());
    }
    String name = ":" + parameter(n);
    return switch (parameters.get(n - 1)) {
      case DATE -> "CAST(" + name + " AS DATE)";
      case TIMESTAMP, TIMESTAMPTZ -> "CAST(" + name + " AS TIMESTAMP)";
      case BYTEA -> "unhex(" + name + ")";
      default -> name;
    };
  }

  /** Keeps gaps: Spark too reads {@code a-1} and {@code a -1} as one, but not {@code a b}. */
  private void add(SqlToken token, String written) {
    // 1L and 1.5D are numbers.
    boolean suffix = lastNumber && token.kind() == Kind.WORD && token.start() == lastEnd;
    boolean glued =
        suffix || written.equals(".") || written.equals("::") || text.length() > 0 && endsGlued();
    lastNumber = token.kind() == Kind.NUMBER;
    lastEnd = token.end();
    if (!glued && text.length() > 0) {
      text.append(' ');
    }
    places.put(text.length(), token.start());
    text.append(suffix ? written.toUpperCase(Locale.ROOT) : written);
  }

  private boolean endsGlued() {
    int last = text.length() - 1;
    return text.charAt(last) == '.'
        || last > 0 && text.charAt(last) == ':' && text.charAt(last - 1) == ':';
  }

  /** Seconds since 1970, which Spark's {@code extract} does not know. */
  private int epoch(int i) {
    int close = closing(i + 1);
    add(tokens.get(i), "(unix_micros(CAST((");
    write(i + 4, close);
    add(at(close), ") AS TIMESTAMP)) / 1000000)");
    return close + 1;
  }

  private int cast(int i) {
    int close = closing(i + 1);
    int as = -1;
    int depth = 0;
    for (int k = i + 2; k < close; k++) {
      depth += at(k).is("(") ? 1 : at(k).is(")") ? -1 : 0;
      as = depth == 0 && at(k).is("as") ? k : as;
    }
    if (as < 0) {
      add(tokens.get(i), "cast");
      return i + 1;
    }
    add(tokens.get(i), "cast");
    add(at(i + 1), "(");
    write(i + 2, as);
    add(at(as), "as");
    write(type(as + 1), close);
    add(at(close), ")");
    return close + 1;
  }

  /** Where the parenthesis at {@code i} is closed. */
  private int closing(int i) {
    int depth = 0;
    for (int k = i; k < tokens.size(); k++) {
      depth += at(k).is("(") ? 1 : at(k).is(")") ? -1 : 0;
      if (depth == 0) {
        return k;
      }
    }
    throw PgError.of(PgError.SYNTAX, "cannot read the SQL: found ( that is not closed, expected )")
        .at(tokens.get(i).start());
  }

  /** Writes the type at {@code i}; the index after it. */
  private int type(int i) {
    SqlToken token = at(i);
    int next = i + 1;
    if (token.names("pg_catalog") && at(i + 1).is(".")) {
      return type(i + 2);
    }
    if (token.is("double") && at(next).is("precision")) {
      add(token, "DOUBLE");
      return next + 1;
    }
    if (token.is("character")) {
      add(token, "STRING");
      next += at(next).is("varying") ? 1 : 0;
      return at(next).is("(") ? closing(next) + 1 : next;
    }
    if ((token.is("numeric") || token.is("decimal")) && !at(next).is("(")) {
      throw PgError.of(
              PgError.NOT_SUPPORTED,
              "cannot answer: found "
                  + token.text()
                  + " without digits, expected how many, for Spark's has a fixed number of them")
          .hint("write numeric(38, 10), or the digits that you want")
          .at(token.start());
    }
    if (token.is("timestamp") || token.is("time")) {
      next = at(next).is("(") ? closing(next) + 1 : next;
      if ((at(next).is("with") || at(next).is("without"))
          && at(next + 1).is("time")
          && at(next + 2).is("zone")) {
        next += 3;
      }
      add(token, token.text().toUpperCase(Locale.ROOT));
      return next;
    }
    if (token.isName()) {
      String spark = TYPES.get(token.text());
      add(token, spark == null ? written(token) : spark);
      boolean digits = spark != null && at(next).is("(");
      return digits ? closing(next) + 1 : next;
    }
    return i;
  }
}

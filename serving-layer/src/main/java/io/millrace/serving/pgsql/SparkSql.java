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

  /** Patterns of {@code to_char} that are of a number, or of bytes: both know them. */
  private static final Pattern NUMBERS =
      Pattern.compile("(?i)base64|hex|utf-8|[09.,GDL$SMIPR\\s]*[09][09.,GDL$SMIPR\\s]*");

  /** No letters of Postgres' that Spark has for something else: DD, MI, mm of a month. */
  private static final Pattern SPARK_TIMES = Pattern.compile("(?!.*[YDI])(?![^Hh]*mm).*");

  private static final int MOST_PARAMETERS = 1_000;

  private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d{0,38})(?:\\.(\\d{0,38}))?");

  private final List<SqlToken> tokens;
  private final List<PgType> parameters;
  private final Set<Integer> nulls;
  private final StringBuilder text = new StringBuilder();
  private boolean lastNumber;
  private int lastEnd;

  /** Parameters that are numbers of rows, which Spark takes as INT alone. */
  private final Set<Integer> counts = new HashSet<>();

  /** Of the text here: where it stands in the text that was sent. */
  private final TreeMap<Integer, Integer> places = new TreeMap<>();

  private SparkSql(List<SqlToken> tokens, List<PgType> parameters, Set<Integer> nulls) {
    this.tokens = tokens;
    this.parameters = parameters;
    this.nulls = nulls;
  }

  /**
   * @param statement without its semicolon
   * @param parameters type of {@code $1} and so on
   * @throws PgError {@code 42P02} for a parameter that is not among these, {@code 0A000}
   */
  public static SparkSql of(List<SqlToken> statement, List<PgType> parameters) {
    return of(statement, parameters, Set.of());
  }

  /**
   * @param nulls numbers of the parameters that are NULL, which then is one of their types
   * @throws PgError as the other
   */
  public static SparkSql of(List<SqlToken> statement, List<PgType> parameters, Set<Integer> nulls) {
    SparkSql sql = new SparkSql(statement, parameters, nulls);
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
    if (isDayOfWeek(i)) {
      return dayOfWeek(i);
    }
    checkMeaning(i);
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
      if (nulls.contains(Integer.parseInt(token.text()))) {
        add(token, at(i - 1).is("limit") ? "ALL" : "0");
        return i + 1;
      }
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
    if (nulls.contains(n)) {
      return "CAST(" + name + " AS " + ofNull(parameters.get(n - 1)) + ")";
    }
    return switch (parameters.get(n - 1)) {
      case DATE -> "CAST(" + name + " AS DATE)";
      case TIMESTAMP, TIMESTAMPTZ -> "CAST(" + name + " AS TIMESTAMP)";
      case BYTEA -> "unhex(" + name + ")";
      default -> name;
    };
  }

  /** What {@link PgParameters} makes of others of this type. */
  private static String ofNull(PgType type) {
    return switch (type) {
      case BOOL -> "BOOLEAN";
      case INT2, INT4 -> "INT";
      case INT8, OID -> "BIGINT";
      case FLOAT4, FLOAT8 -> "DOUBLE";
      case NUMERIC -> "DECIMAL(1, 0)";
      case DATE -> "DATE";
      case TIMESTAMP, TIMESTAMPTZ -> "TIMESTAMP";
      case BYTEA -> "BINARY";
      default -> "STRING";
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

  private boolean isDayOfWeek(int i) {
    SqlToken field = at(i + 2);
    boolean names =
        at(i).is("extract") && field.kind() == Kind.WORD && at(i + 3).is("from")
            || at(i).is("date_part") && field.kind() == Kind.TEXT && at(i + 3).is(",");
    return names
        && at(i + 1).is("(")
        && (field.text().equalsIgnoreCase("dow") || field.text().equalsIgnoreCase("isodow"));
  }

  /** Postgres counts from Sunday, which is 0; Spark's is 1. From Monday both count from 1. */
  private int dayOfWeek(int i) {
    int close = closing(i + 1);
    boolean fromSunday = at(i + 2).text().equalsIgnoreCase("dow");
    add(tokens.get(i), fromSunday ? "(extract(dow FROM" : "(extract(dow_iso FROM");
    write(i + 4, close);
    add(at(close), fromSunday ? ") - 1)" : "))");
    return close + 1;
  }

  /** Refuses what means something in both, but not the same. */
  private void checkMeaning(int i) {
    SqlToken token = at(i);
    if (token.is("^")) {
      throw differs(token, "^, which is a power for Postgres and an XOR for Spark")
          .hint("write power(a, b)");
    }
    boolean value = at(i - 1).isName() && !at(i - 1).is("array") || isClosing(at(i - 1));
    if (token.is("[") && value && at(i + 1).kind() == Kind.NUMBER) {
      throw differs(token, "a place in an array, which Postgres counts from 1 and Spark from 0")
          .hint("write element_at(a, 1), which counts from 1");
    }
    if (!at(i + 1).is("(") || at(i - 1).is(".")) {
      return;
    }
    if (token.is("log") && arguments(i + 1).size() == 1) {
      throw differs(token, "log(x), which is to base 10 for Postgres and to base e for Spark")
          .hint("write log10(x) or ln(x)");
    }
    boolean reads = token.is("to_date") || token.is("to_timestamp");
    if (token.is("to_char") || reads) {
      List<Integer> arguments = arguments(i + 1);
      SqlToken pattern = at(arguments.get(arguments.size() - 1));
      if (arguments.size() == 2
          && pattern.kind() == Kind.TEXT
          && (reads ? !SPARK_TIMES.matcher(pattern.text()).matches() : isOfTime(pattern.text()))) {
        throw differs(pattern, "a pattern of times, whose letters mean other things for Spark")
            .hint(
                reads
                    ? "write Spark's letters: 'yyyy-MM-dd HH:mm:ss'"
                    : "write date_format(x, 'yyyy-MM-dd HH:mm:ss'), with Spark's letters");
      }
    }
  }

  private static boolean isOfTime(String pattern) {
    return !NUMBERS.matcher(pattern).matches();
  }

  private static boolean isClosing(SqlToken token) {
    return token.is(")") || token.is("]");
  }

  private static PgError differs(SqlToken token, String found) {
    return PgError.of(
            PgError.NOT_SUPPORTED,
            "cannot answer: found " + found + ", expected what both read the same")
        .at(token.start());
  }

  /** Where the arguments between these parentheses begin; one at least. */
  private List<Integer> arguments(int open) {
    int close = closing(open);
    List<Integer> begins = new ArrayList<>(List.of(open + 1));
    int depth = 0;
    for (int k = open + 1; k < close; k++) {
      depth += at(k).is("(") || at(k).is("[") ? 1 : isClosing(at(k)) ? -1 : 0;
      if (depth == 0 && at(k).is(",")) {
        begins.add(k + 1);
      }
    }
    return begins;
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
    if (token.is("float")) {
      // Spark's has half of Postgres' digits.
      boolean sized = at(next).is("(") && at(next + 1).kind() == Kind.NUMBER;
      boolean half = sized && at(next + 1).text().matches("1?\\d|2[0-4]");
      add(token, half ? "FLOAT" : "DOUBLE");
      return sized ? closing(next) + 1 : next;
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

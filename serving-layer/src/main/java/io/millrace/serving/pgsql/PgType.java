package io.millrace.serving.pgsql;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The types of Postgres that values are sent in, by their numbers there. */
public enum PgType {
  BOOL(16, "bool", "boolean", 1, 'B', 1000),
  BYTEA(17, "bytea", "bytea", -1, 'U', 1001),
  CHAR(18, "char", "\"char\"", 1, 'Z', 1002),
  NAME(19, "name", "name", 64, 'S', 1003),
  INT8(20, "int8", "bigint", 8, 'N', 1016),
  INT2(21, "int2", "smallint", 2, 'N', 1005),
  INT4(23, "int4", "integer", 4, 'N', 1007),
  REGPROC(24, "regproc", "regproc", 4, 'N', 1008),
  TEXT(25, "text", "text", -1, 'S', 1009),
  OID(26, "oid", "oid", 4, 'N', 1028),
  JSON(114, "json", "json", -1, 'U', 199),
  FLOAT4(700, "float4", "real", 4, 'N', 1021),
  FLOAT8(701, "float8", "double precision", 8, 'N', 1022),
  UNKNOWN(705, "unknown", "unknown", -2, 'X', 0),
  VARCHAR(1043, "varchar", "character varying", -1, 'S', 1015),
  DATE(1082, "date", "date", 4, 'D', 1182),
  TIME(1083, "time", "time without time zone", 8, 'D', 1183),
  TIMESTAMP(1114, "timestamp", "timestamp without time zone", 8, 'D', 1115),
  TIMESTAMPTZ(1184, "timestamptz", "timestamp with time zone", 8, 'D', 1185),
  INTERVAL(1186, "interval", "interval", 16, 'T', 1187),
  NUMERIC(1700, "numeric", "numeric", -1, 'N', 1231),
  REGCLASS(2205, "regclass", "regclass", 4, 'N', 2210),
  REGTYPE(2206, "regtype", "regtype", 4, 'N', 2211),
  UUID(2950, "uuid", "uuid", 16, 'U', 2951),
  BOOL_ARRAY(BOOL),
  BYTEA_ARRAY(BYTEA),
  INT8_ARRAY(INT8),
  INT2_ARRAY(INT2),
  INT4_ARRAY(INT4),
  TEXT_ARRAY(TEXT),
  NAME_ARRAY(NAME),
  OID_ARRAY(OID),
  FLOAT4_ARRAY(FLOAT4),
  FLOAT8_ARRAY(FLOAT8),
  DATE_ARRAY(DATE),
  TIMESTAMP_ARRAY(TIMESTAMP),
  TIMESTAMPTZ_ARRAY(TIMESTAMPTZ),
  NUMERIC_ARRAY(NUMERIC),
  INT2_VECTOR(22, "int2vector", "int2vector", -1, 'A', 1006),
  OID_VECTOR(30, "oidvector", "oidvector", -1, 'A', 1013);

  private static final Pattern DECIMAL = Pattern.compile("DECIMAL\\((\\d+),\\s*(-?\\d+)\\)");
  private static final Pattern ARRAY = Pattern.compile("ARRAY<(.*)>");
  private static final Map<Integer, PgType> BY_OID = new HashMap<>();
  private static final Map<String, PgType> BY_NAME = new HashMap<>();

  static {
    for (PgType type : values()) {
      BY_OID.put(type.oid, type);
      BY_NAME.put(type.pgName, type);
      BY_NAME.put(type.sqlName, type);
    }
    BY_NAME.put("int", INT4);
    BY_NAME.put("decimal", NUMERIC);
    BY_NAME.put("string", TEXT);
    BY_NAME.put("bpchar", TEXT);
    BY_NAME.put("float", FLOAT8);
  }

  private final int oid;
  private final String pgName;
  private final String sqlName;
  private final int length;
  private final char category;
  private final int arrayOid;
  private final PgType element;

  PgType(int oid, String pgName, String sqlName, int length, char category, int arrayOid) {
    this.oid = oid;
    this.pgName = pgName;
    this.sqlName = sqlName;
    this.length = length;
    this.category = category;
    this.arrayOid = arrayOid;
    this.element = null;
  }

  PgType(PgType element) {
    this.oid = element.arrayOid;
    this.pgName = "_" + element.pgName;
    this.sqlName = element.sqlName + "[]";
    this.length = -1;
    this.category = 'A';
    this.arrayOid = 0;
    this.element = element;
  }

  /** Its number. */
  public int oid() {
    return oid;
  }

  /** Its name in {@code pg_type}. */
  public String pgName() {
    return pgName;
  }

  /** Its name in SQL. */
  public String sqlName() {
    return sqlName;
  }

  /** Bytes of a binary value; negative if they differ. */
  public int length() {
    return length;
  }

  /** {@code pg_type.typcategory}. */
  public char category() {
    return category;
  }

  /** The number of the type of its arrays; 0 if there is none. */
  public int arrayOid() {
    return arrayOid;
  }

  /** Of an array: the type of its elements. */
  public Optional<PgType> element() {
    return Optional.ofNullable(element);
  }

  public static Optional<PgType> ofOid(int oid) {
    return Optional.ofNullable(BY_OID.get(oid));
  }

  /** By its name in {@code pg_type} or in SQL, in lower case. */
  public static Optional<PgType> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  private static PgType arrayOf(PgType element) {
    for (PgType type : values()) {
      if (type.element == element) {
        return type;
      }
    }
    return JSON;
  }

  /**
   * What values of a Spark SQL type are sent as: JSON where Postgres has no type for them.
   *
   * @param spark as {@code DataType.sql()} writes it
   */
  public static PgType ofSpark(String spark) {
    String type = spark.toUpperCase(Locale.ROOT);
    Matcher array = ARRAY.matcher(type);
    if (array.matches()) {
      PgType element = ofSpark(array.group(1));
      return element.category == 'A' ? JSON : arrayOf(element);
    }
    if (type.startsWith("DECIMAL")) {
      return NUMERIC;
    }
    if (type.startsWith("STRUCT") || type.startsWith("MAP") || type.equals("VARIANT")) {
      return JSON;
    }
    if (type.startsWith("INTERVAL ")) {
      return INTERVAL;
    }
    if (type.startsWith("TIME(")) {
      return TIME;
    }
    return switch (type) {
      case "BOOLEAN" -> BOOL;
      case "TINYINT", "SMALLINT" -> INT2;
      case "INT" -> INT4;
      case "BIGINT" -> INT8;
      case "FLOAT" -> FLOAT4;
      case "DOUBLE" -> FLOAT8;
      case "BINARY" -> BYTEA;
      case "DATE" -> DATE;
      case "TIMESTAMP" -> TIMESTAMPTZ;
      case "TIMESTAMP_NTZ" -> TIMESTAMP;
      default -> TEXT;
    };
  }

  /** {@code atttypmod} of a Spark SQL type: digits of a decimal; -1 for others. */
  public static int modifier(String spark) {
    Matcher decimal = DECIMAL.matcher(spark.toUpperCase(Locale.ROOT));
    return decimal.matches()
        ? (Integer.parseInt(decimal.group(1)) << 16 | Integer.parseInt(decimal.group(2)) & 0xffff)
            + 4
        : -1;
  }

  /** As {@code format_type} writes it. */
  public String formatted(int modifier) {
    return this == NUMERIC && modifier >= 4
        ? "numeric(" + (modifier - 4 >> 16) + "," + (short) (modifier - 4) + ")"
        : sqlName;
  }
}

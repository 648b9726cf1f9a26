package io.millrace.serving.pgwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.testkit.Eventually;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What the JDBC driver asks and gets, in text and binary. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PgJdbcTest {
  @TempDir static Path dir;

  private WireReplica wire;

  @BeforeAll
  void load() {
    wire = new WireReplica(dir, Map.of("serving.sql.time", "60s"));
    wire.widen();
  }

  @AfterAll
  void close() {
    wire.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "&preferQueryMode=simple",
        "&prepareThreshold=0",
        "&prepareThreshold=1",
        "&prepareThreshold=-1&binaryTransfer=true"
      })
  void shouldGiveEveryTypeAsItIs(String mode) throws SQLException {
    try (Connection connection = wire.connect(mode);
        PreparedStatement asked =
            connection.prepareStatement(
                "SELECT true AS bool, CAST(-3 AS SMALLINT) AS small, CAST(7 AS TINYINT) AS tiny,"
                    + " -2147483648 AS int, 9223372036854775807 AS big, CAST(0.1 AS REAL) AS flt,"
                    + " CAST(1.0E300 AS DOUBLE) AS dbl, CAST('-12345678.900' AS DECIMAL(20, 3)) AS"
                    + " dec, CAST('0.0001' AS DECIMAL(20, 4)) AS less, CAST(0 AS DECIMAL(38, 0)) AS"
                    + " zero, 'ö\\' AS text, X'00ff10' AS bytes, DATE'1969-12-31' AS date,"
                    + " TIMESTAMP'2026-01-02 03:04:05.678901' AS ts, TIMESTAMP_NTZ'1999-01-02"
                    + " 03:04:05' AS ntz, INTERVAL '1 02:03:04' DAY TO SECOND AS span, array(1, null,"
                    + " 3) AS ints, array('a b', null, '', 'NULL') AS texts, map('k', 1.5) AS map,"
                    + " named_struct('x', 1, 'y', 'z') AS struct, CAST(NULL AS INT) AS nothing,"
                    + " CAST('NaN' AS DOUBLE) AS nan")) {
      for (int i = 0; i < 3; i++) {
        try (ResultSet row = asked.executeQuery()) {
          check(row);
        }
      }
    }
  }

  private static void check(ResultSet row) throws SQLException {
    assertThat(row.next()).isTrue();
    assertThat(row.getBoolean("bool")).isTrue();
    assertThat(row.getShort("small")).isEqualTo((short) -3);
    assertThat(row.getInt("tiny")).isEqualTo(7);
    assertThat(row.getObject("int")).isEqualTo(Integer.MIN_VALUE);
    assertThat(row.getObject("big")).isEqualTo(Long.MAX_VALUE);
    assertThat(row.getFloat("flt")).isEqualTo(0.1f);
    assertThat(row.getDouble("dbl")).isEqualTo(1e300);
    assertThat(row.getBigDecimal("dec")).isEqualTo(new BigDecimal("-12345678.900"));
    assertThat(row.getBigDecimal("less")).isEqualTo(new BigDecimal("0.0001"));
    assertThat(row.getBigDecimal("zero")).isEqualTo(BigDecimal.ZERO);
    assertThat(row.getString("text")).isEqualTo("ö\\");
    assertThat(row.getBytes("bytes")).isEqualTo(new byte[] {0, -1, 16});
    assertThat(row.getObject("date", LocalDate.class)).isEqualTo(LocalDate.of(1969, 12, 31));
    assertThat(row.getObject("ts", OffsetDateTime.class).toInstant())
        .isEqualTo(Instant.parse("2026-01-02T03:04:05.678901Z"));
    assertThat(row.getObject("ntz", java.time.LocalDateTime.class))
        .isEqualTo(java.time.LocalDateTime.of(1999, 1, 2, 3, 4, 5));
    assertThat(row.getObject("span").toString()).contains("1 days 2 hours 3 mins 4");
    assertThat((Object[]) row.getArray("ints").getArray()).containsExactly(1, null, 3);
    assertThat((Object[]) row.getArray("texts").getArray())
        .containsExactly("a b", null, "", "NULL");
    assertThat(row.getString("map")).isEqualTo("{\"k\":\"1.5\"}");
    assertThat(row.getString("struct")).isEqualTo("{\"x\":1,\"y\":\"z\"}");
    assertThat(row.getInt("nothing")).isZero();
    assertThat(row.wasNull()).isTrue();
    assertThat(row.getDouble("nan")).isNaN();
    assertThat(row.getMetaData().getColumnType(8)).isEqualTo(Types.NUMERIC);
    assertThat(row.getMetaData().getPrecision(8)).isEqualTo(20);
    assertThat(row.getMetaData().getScale(8)).isEqualTo(3);
    assertThat(row.next()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&preferQueryMode=simple", "&prepareThreshold=-1"})
  void shouldTakeParametersOfEveryType(String mode) throws SQLException {
    try (Connection connection = wire.connect(mode)) {
      assertThat(
              asked(
                  connection,
                  "SELECT category, orders FROM by_day WHERE category = ? AND day >= ? AND orders >="
                      + " ? LIMIT ?",
                  "books",
                  Timestamp.from(Instant.parse("2026-01-02T00:00:00Z")),
                  1L,
                  5))
          .containsExactly("books|1");
      assertThat(
              asked(
                  connection,
                  "SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e, ? AS f",
                  7,
                  2.5,
                  new BigDecimal("-1234567890.12"),
                  true,
                  "O'Neill \\ 'x",
                  null))
          .containsExactly("7|2.5|-1234567890.12|t|O'Neill \\ 'x|null");
      assertThat(
              asked(
                  connection,
                  "SELECT category FROM by_day WHERE day = ?",
                  OffsetDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC)))
          .containsExactly("books");
      try (PreparedStatement asked =
          connection.prepareStatement("SELECT count(*) AS n FROM by_day WHERE ? IS NULL")) {
        asked.setNull(1, Types.VARCHAR);
        assertThat(rows(asked.executeQuery())).containsExactly("4");
      }
    }
  }

  /** The driver leaves the type of a date open, and writes it with a zone. */
  @Test
  void shouldTakeADay() throws SQLException {
    try (Connection connection = wire.connect("")) {
      assertThat(
              asked(
                  connection,
                  "SELECT category FROM by_day WHERE date(day) = ? AND day = ?",
                  Date.valueOf("2026-01-01"),
                  Date.valueOf("2026-01-01")))
          .containsExactly("books");
    }
  }

  @Test
  void shouldSayWhatAStatementTakesAndGives() throws SQLException {
    try (Connection connection = wire.connect("");
        PreparedStatement asked =
            connection.prepareStatement(
                "SELECT day, price FROM by_day WHERE category = ? LIMIT ?")) {
      assertThat(asked.getParameterMetaData().getParameterTypeName(1)).isEqualTo("text");
      assertThat(asked.getParameterMetaData().getParameterTypeName(2)).isEqualTo("int4");
      assertThat(asked.getMetaData().getColumnCount()).isEqualTo(2);
      assertThat(asked.getMetaData().getColumnTypeName(1)).isEqualTo("timestamptz");
      assertThat(asked.getMetaData().getColumnTypeName(2)).isEqualTo("float8");
    }
  }

  @Test
  void shouldDescribeWhatThereIs() throws SQLException {
    try (Connection connection = wire.connect("")) {
      DatabaseMetaData said = connection.getMetaData();
      assertThat(said.getDatabaseProductName()).isEqualTo("PostgreSQL");
      assertThat(said.getDatabaseProductVersion()).isEqualTo("15.0 (Millrace)");
      assertThat(said.getDatabaseMajorVersion()).isEqualTo(15);
      assertThat(names(said.getSchemas(), "TABLE_SCHEM"))
          .contains("public", "pg_catalog", "information_schema");
      assertThat(names(said.getCatalogs(), "TABLE_CAT")).containsExactly("millrace");
      assertThat(names(said.getTables(null, "public", "%", null), "TABLE_NAME"))
          .containsExactly("Mixed Case", "by_day", "wide");
      assertThat(names(said.getTables(null, null, "by\\_%", new String[] {"VIEW"}), "REMARKS"))
          .containsExactly("About by_day");
      try (ResultSet columns = said.getColumns(null, "public", "by_day", "%")) {
        List<String> rows = new ArrayList<>();
        while (columns.next()) {
          rows.add(
              columns.getString("COLUMN_NAME")
                  + " "
                  + columns.getString("TYPE_NAME")
                  + " "
                  + columns.getInt("ORDINAL_POSITION")
                  + " "
                  + columns.getInt("NULLABLE"));
        }
        assertThat(rows)
            .containsExactly(
                "category text 1 1",
                "day timestamptz 2 1",
                "orders int8 3 1",
                "amount int8 4 1",
                "price float8 5 1",
                "amounts int8 6 1");
      }
      assertThat(names(said.getTypeInfo(), "TYPE_NAME")).contains("int8", "text", "timestamptz");
      assertThat(names(said.getTableTypes(), "TABLE_TYPE")).contains("VIEW");
    }
  }

  @Test
  void shouldAnswerWhatToolsAsk() throws Exception {
    String all =
        new String(
            PgJdbcTest.class.getResourceAsStream("/postgres-tools.sql").readAllBytes(),
            StandardCharsets.UTF_8);
    Matcher question = Pattern.compile("-- rows: (\\d+) +(.*)\n((?s:.*?));\n").matcher(all);
    int asked = 0;
    try (Connection connection = wire.connect("");
        Statement statement = connection.createStatement()) {
      while (question.find()) {
        assertThat(rows(statement.executeQuery(question.group(3))))
            .as(question.group(2))
            .hasSize(Integer.parseInt(question.group(1)));
        asked++;
      }
    }
    assertThat(asked).isGreaterThan(14);
  }

  /** What there is none of is said to be empty, and is no error. */
  @Test
  void shouldHaveNoKeysNorFunctions() throws SQLException {
    try (Connection connection = wire.connect("")) {
      DatabaseMetaData said = connection.getMetaData();
      for (ResultSet empty :
          List.of(
              said.getPrimaryKeys(null, "public", "by_day"),
              said.getIndexInfo(null, "public", "by_day", false, true),
              said.getImportedKeys(null, "public", "by_day"),
              said.getExportedKeys(null, "public", "by_day"),
              said.getBestRowIdentifier(null, "public", "by_day", 0, true),
              said.getColumnPrivileges(null, "public", "nothing", "%"),
              said.getProcedures(null, "public", "%"),
              said.getFunctions(null, "public", "%"),
              said.getProcedureColumns(null, "public", "%", "%"),
              said.getUDTs(null, "public", "%", null))) {
        assertThat(empty.next()).isFalse();
      }
      assertThat(names(said.getTablePrivileges(null, "public", "by_day"), "PRIVILEGE")).isNotNull();
      assertThat(names(said.getClientInfoProperties(), "NAME")).contains("ApplicationName");
      assertThat(said.getSQLKeywords()).isNotNull();
      assertThat(said.getMaxColumnNameLength()).isEqualTo(63);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT categry FROM by_day | 42703 | 8 | did you mean `category`?",
        "SELECT 'é🙂', \"x y\" FROM by_day | 42703 | 14 | did you mean",
        "SELECT * FROM nothing | 42P01 | 15 | did you mean",
        "SELEC 1 | 42601 | 1 | correct the SELECT",
        "SELECT fooo(orders) FROM by_day | 42883 | 8 | did you mean",
        "INSERT INTO by_day VALUES (1) | 25006 | 1 | millrace apply",
        "DROP VIEW by_day | 25006 | 1 | millrace apply",
        "COPY by_day TO STDOUT | 0A000 | 1 | ",
        "SELECT nope FROM pg_catalog.pg_class | 42703 | 8 | ",
        "SELECT relname FROM pg_catalog.pg_class WHERE | 42601 | 46 | ",
        "SELECT * FROM pg_catalog.pg_nothing | 42P01 | 15 | ",
        "SELECT relname FROM pg_class, by_day | 42P01 | 31 | views cannot be asked together",
        "SELECT 1 AS n LIMIT -1 | 42000 | 21 | ",
        "SELECT repeat('x', 2000000000) AS n | 54000 | 0 | ",
      })
  void shouldSayWhatIsWrongAndWhere(String sql, String state, int place, String hint)
      throws SQLException {
    for (String mode : List.of("", "&preferQueryMode=simple")) {
      try (Connection connection = wire.connect(mode);
          Statement statement = connection.createStatement()) {
        assertThatThrownBy(() -> statement.execute(sql))
            .as(mode)
            .isInstanceOfSatisfying(
                PSQLException.class,
                e -> {
                  ServerErrorMessage said = e.getServerErrorMessage();
                  assertThat(e.getSQLState()).isEqualTo(state);
                  assertThat(said.getPosition()).isEqualTo(place);
                  if (hint != null) {
                    assertThat(said.getHint()).contains(hint);
                  }
                });
        assertThat(rows(statement.executeQuery("SELECT 1 AS n"))).containsExactly("1");
      }
    }
  }

  /** What the two write alike and mean otherwise. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      value = {
        "extract(dow FROM DATE '2026-01-04') | 0",
        "date_part('dow', DATE '2026-01-10') + 1 | 7",
        "extract(isodow FROM DATE '2026-01-04') | 7",
        "CAST(16777217 AS float) | 16777217",
        "16777217::float + 1 | 16777218",
        "CAST(16777217 AS float(24)) | 1.6777216e+07",
        "E'\\101\\x42\\103' | ABC",
        "NULL <=> NULL | t",
        "1 == 1 | t",
        "to_char(7, '099') | 007",
        "to_date('2026-02-03', 'yyyy-MM-dd') | 2026-02-03",
        "log(2, 8) | 3",
        "element_at(array(10, 20), 1) | 10",
        "map('k', 'v')['k'] | v",
        "7 / 2 | 3.5",
        "7 div 2 | 3",
        "1 / 0 | null",
        "'x'::int | null",
        "'abcd'::varchar(3) | abcd",
      })
  void shouldMeanWhatPostgresMeans(String value, String expected) throws SQLException {
    try (Connection connection = wire.connect("")) {
      assertThat(asked(connection, "SELECT " + value + " AS v")).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '§',
      value = {
        "2 ^ 3 | power(a, b)",
        "log(100) | log10(x) or ln(x)",
        "array(10, 20)[1] | element_at(a, 1)",
        "to_char(DATE '2026-02-03', 'DD') | date_format",
        "to_char(DATE '2026-02-03', 'yyyy-mm-dd') | date_format",
        "to_date('2026-02-03', 'yyyy-mm-dd') | yyyy-MM-dd",
        "to_date('2026-02-03', 'yyyy-MM-DD') | yyyy-MM-dd",
      })
  void shouldRefuseWhatMeansSomethingElse(String value, String hint) throws SQLException {
    try (Connection connection = wire.connect("")) {
      assertThatThrownBy(() -> asked(connection, "SELECT " + value + " AS v"))
          .isInstanceOfSatisfying(
              PSQLException.class,
              e -> {
                assertThat(e.getSQLState()).isEqualTo("0A000");
                assertThat(e.getServerErrorMessage().getHint()).contains(hint);
              });
    }
  }

  @Test
  void shouldTakeNamesInBackticksToo() throws SQLException {
    try (Connection connection = wire.connect("")) {
      assertThat(asked(connection, "SELECT `The Amount` FROM `Mixed Case` WHERE n = 1 ORDER BY 1"))
          .containsExactly("5", "7", "10", "25");
    }
  }

  /** Described as its type, NULL is one of it, and no other result. */
  @ParameterizedTest
  @ValueSource(strings = {"", "&prepareThreshold=-1", "&preferQueryMode=extendedForPrepared"})
  void shouldTakeNullOfEveryType(String mode) throws SQLException {
    try (Connection connection = wire.connect(mode)) {
      for (int type :
          List.of(
              Types.BOOLEAN,
              Types.SMALLINT,
              Types.INTEGER,
              Types.BIGINT,
              Types.DOUBLE,
              Types.NUMERIC,
              Types.VARCHAR,
              Types.BINARY,
              Types.DATE,
              Types.TIMESTAMP)) {
        try (PreparedStatement asked = connection.prepareStatement("SELECT ? AS v")) {
          asked.setNull(1, type);
          asked.getMetaData();
          assertThat(rows(asked.executeQuery())).as("type %d", type).containsExactly("null");
        }
      }
      try (PreparedStatement asked =
          connection.prepareStatement("SELECT orders FROM by_day LIMIT ? OFFSET ?")) {
        asked.setNull(1, Types.BIGINT);
        asked.setNull(2, Types.BIGINT);
        assertThat(rows(asked.executeQuery())).hasSize(4);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "garbage,22007",
    "2026-02-30,22007",
    "infinity,22007",
    "2026-01-01 25:00:00,22007",
    "300000-01-01,22008"
  })
  void shouldRefuseATimeThatIsNone(String time, String state) throws SQLException {
    for (String type : List.of("date", "timestamp", "timestamptz")) {
      try (Connection connection = wire.connect("&stringtype=unspecified")) {
        assertThatThrownBy(
                () ->
                    asked(
                        connection,
                        "SELECT count(*) AS n FROM by_day WHERE day < ?::" + type,
                        time))
            .as(type)
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(state));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-02",
        "2026-01-02 00:00:00",
        "2026-01-02T00:00:00Z",
        "2026-01-02 00:00:00.000000+00",
        "2026-01-02 01:30:00+0130",
        "2026-01-02 01:30 +01:30",
        "2026-01-02+00",
        "2026-1-2 01:00:00 Europe/Berlin",
      })
  void shouldReadATimeAsItIsWritten(String time) throws SQLException {
    try (Connection connection = wire.connect("&stringtype=unspecified")) {
      assertThat(
              asked(
                  connection,
                  "SELECT category FROM by_day WHERE day = ?::timestamptz ORDER BY 1",
                  time))
          .containsExactly("books", "toys");
    }
  }

  /** Postgres' prefix is also anyone's. */
  @Test
  void shouldAskViewsWhoseNamesBeginAsTheCatalogues() throws SQLException {
    try (Connection connection = wire.connect("")) {
      assertThat(asked(connection, "SELECT sum(orders) AS pg_n FROM by_day ORDER BY pg_n"))
          .containsExactly("4");
      assertThat(asked(connection, "SELECT relname AS pg_n FROM pg_class WHERE relname = 'by_day'"))
          .containsExactly("by_day");
    }
  }

  @Test
  void shouldGoOnAfterAnErrorInATransactionOnlyOnceItIsRolledBack() throws SQLException {
    try (Connection connection = wire.connect("");
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      connection.setReadOnly(true);
      assertThatThrownBy(() -> statement.executeQuery("SELECT x FROM by_day"))
          .hasMessageContaining("unknown column");
      assertThatThrownBy(() -> statement.executeQuery("SELECT 1 AS n"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25P02"));
      connection.rollback();
      assertThat(rows(statement.executeQuery("SELECT 1 AS n"))).containsExactly("1");
      connection.commit();
      java.sql.Savepoint point = connection.setSavepoint();
      assertThatThrownBy(() -> statement.executeQuery("SELECT x FROM by_day"));
      connection.rollback(point);
      assertThat(rows(statement.executeQuery("SELECT 1 AS n"))).containsExactly("1");
    }
  }

  @Test
  void shouldSendManyRowsInPartsOfOneAnswer() throws SQLException {
    try (Connection connection = wire.connect("");
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.setFetchSize(10_000);
      long sum = 0;
      int count = 0;
      try (ResultSet rows = statement.executeQuery("SELECT amount, price FROM wide")) {
        while (rows.next()) {
          sum += rows.getLong(1);
          if (count++ == 1) {
            assertThat(wire.server.sessions()).isEqualTo(1);
          }
        }
      }
      assertThat(count).isEqualTo(WireReplica.WIDE);
      assertThat(sum).isEqualTo((long) WireReplica.WIDE * (WireReplica.WIDE - 1) / 2);
    }
  }

  @Test
  void shouldAnswerOthersWhileManyReadInParts() throws SQLException {
    List<Connection> connections = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        Connection connection = wire.connect("");
        connections.add(connection);
        connection.setAutoCommit(false);
        Statement statement = connection.createStatement();
        statement.setFetchSize(10);
        assertThat(statement.executeQuery("SELECT amount FROM wide").next()).isTrue();
      }
      try (Connection connection = wire.connect("")) {
        assertThat(asked(connection, "SELECT price FROM wide WHERE amount = 7"))
            .containsExactly("3.5");
        assertThatThrownBy(() -> asked(connection, "SELECT count(*) AS n FROM wide"))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("53000"))
            .hasMessageContaining("4 questions that scan open to be read in parts");
      }
    } finally {
      for (Connection connection : connections) {
        connection.close();
      }
    }
    try (Connection connection = wire.connect("")) {
      assertThat(asked(connection, "SELECT count(*) AS n FROM wide"))
          .containsExactly(Integer.toString(WireReplica.WIDE));
    }
  }

  @Test
  void shouldCancelWhatTakesLong() throws Exception {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (Connection connection = wire.connect("");
        Statement statement = connection.createStatement()) {
      Future<Throwable> ended =
          thread.submit(
              () -> {
                try {
                  statement.executeQuery(
                      "SELECT count(*) AS n FROM wide WHERE aggregate(sequence(1, 3000), 0L, (s, x)"
                          + " -> s + x + amount) = 0");
                  return null;
                } catch (SQLException e) {
                  return e;
                }
              });
      Eventually.await(
          "the question ends",
          Duration.ofSeconds(30),
          () -> {
            statement.cancel();
            return ended.isDone();
          });
      assertThat(ended.get())
          .hasMessageContaining("user request")
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
      assertThat(rows(statement.executeQuery("SELECT 1 AS n"))).containsExactly("1");
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void shouldTellNotesAndPositions() throws SQLException {
    try (Connection connection = wire.connect("");
        Statement statement = connection.createStatement()) {
      statement.execute("SET millrace.position = on");
      statement.executeQuery("SELECT * FROM by_day").close();
      assertThat(statement.getWarnings().getMessage())
          .startsWith("view by_day, version ")
          .endsWith("no run, live 0:2,1:2");
    }
  }

  @Test
  void shouldKeepToTheZoneOfTheSession() throws SQLException {
    try (Connection connection = wire.connect("&options=-c%20TimeZone=Asia/Kolkata");
        Statement statement = connection.createStatement()) {
      statement.execute("SET TIME ZONE 'Asia/Kolkata'");
      assertThat(rows(statement.executeQuery("SELECT day FROM by_day WHERE category = 'toys'")))
          .containsExactly("2026-01-02 05:30:00+05:30");
      assertThat(((PGConnection) connection).getParameterStatus("TimeZone"))
          .isEqualTo("Asia/Kolkata");
    }
  }

  private static List<String> asked(Connection connection, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement asked = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        asked.setObject(i + 1, values[i]);
      }
      return rows(asked.executeQuery());
    }
  }

  private static List<String> rows(ResultSet rows) throws SQLException {
    List<String> all = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.add(rows.getString(i));
        }
        all.add(String.join("|", row));
      }
    }
    return all;
  }

  private static List<String> names(ResultSet rows, String column) throws SQLException {
    List<String> names = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        names.add(rows.getString(column));
      }
    }
    return names;
  }
}

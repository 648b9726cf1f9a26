package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.config.MillraceConfig;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.view.CompiledView;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.Period;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forms of answers, from the socket: what is written is read by those who read such files. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnswerFormatsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ARROW = "application/vnd.apache.arrow.stream";
  private static final String PARQUET = "application/vnd.apache.parquet";

  /** Every type that each form has, at its edges, and NULL. */
  private static final String TYPES =
      """
      SELECT true AS yes, 127Y AS tiny, -32768S AS small, -2147483648 AS `int`,
        9223372036854775807L AS big, float('0.1') AS f, double('-Infinity') AS d,
        CAST('12.50' AS DECIMAL(4,2)) AS d4, CAST('-1234567890123.45' AS DECIMAL(15,2)) AS d15,
        CAST('-99999999999999999999999999999999.123456' AS DECIMAL(38,6)) AS d38,
        'a,"b"\\n\u00e9\\\\' AS text, X'00ff' AS bin, DATE '1969-12-31' AS day,
        TIMESTAMP '1969-12-31 23:59:59.999999' AS at, TIMESTAMP_NTZ '9999-12-31 00:00:00.000001' AS ntz,
        array(1, NULL, 3) AS items, map('k', 1.5, 'l', NULL) AS pairs,
        named_struct('a', 1, 'b', array(named_struct('c', DATE '2026-01-01'))) AS nested,
        map(1, slice(array(1), 1, 0)) AS numbered
      UNION ALL
      SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL
      """;

  @TempDir static Path dir;

  private final HttpClient client = HttpClient.newHttpClient();
  private Replica replica;
  private HttpServer server;

  @BeforeAll
  void start() {
    replica = new Replica(dir);
    CompiledView view = replica.apply(Orders.view("by_day", Orders.BY_DAY));
    Orders orders = new Orders(2, 1);
    Instant day = Instant.parse("2026-01-05T12:00:00Z");
    orders.add(0, "books", 10, 2.0, day);
    orders.add(1, "", 30, 4.0, day);
    orders.add(0, null, 5, null, day);
    replica.live(view, new LiveModel(view, orders).advance());
    replica.step();
    server =
        new HttpServer(
            MillraceConfig.load(Optional.empty(), Map.of(), Map.of("serving.port", "0")).serving(),
            replica.api);
    server.start();
  }

  @AfterAll
  void stop() {
    server.close();
    replica.close();
  }

  @Test
  void shouldWriteLinesOfJsonWithTheValuesOfJson() throws Exception {
    HttpResponse<byte[]> lines = ask(TYPES, "Accept", "application/x-ndjson");

    assertThat(header(lines, "Content-Type")).isEqualTo("application/x-ndjson; charset=utf-8");
    JsonNode rows = JSON.readTree(ask(TYPES).body()).get("rows");
    List<String> text = new String(lines.body(), StandardCharsets.UTF_8).lines().toList();
    assertThat(text).hasSize(2);
    assertThat(JSON.readTree(text.get(0))).isEqualTo(rows.get(0));
    assertThat(JSON.readTree(text.get(1))).isEqualTo(rows.get(1));
    assertThat(new String(lines.body(), StandardCharsets.UTF_8)).endsWith("}\n");
  }

  @Test
  void shouldWriteCsvThatTellsNullFromTheEmptyText() throws Exception {
    String sql =
        """
        SELECT 'a,"b"' AS `x,y`, '' AS empty, CAST(NULL AS STRING) AS none, ' s' AS space,
          'l\\nm' AS lines, array('q', NULL) AS items, X'00ff' AS bin, CAST(1.50 AS DECIMAL(3,2)) AS d""";
    HttpResponse<byte[]> csv = ask(sql, "Accept", "text/csv");

    assertThat(header(csv, "Content-Type")).isEqualTo("text/csv; charset=utf-8; header=present");
    assertThat(new String(csv.body(), StandardCharsets.UTF_8))
        .isEqualTo(
            "\"x,y\",empty,none,space,lines,items,bin,d\r\n"
                + "\"a,\"\"b\"\"\",\"\",,\" s\",\"l\nm\",\"[\"\"q\"\",null]\",AP8=,1.50\r\n");
  }

  @Test
  void shouldQuoteWhatWouldEndACopyIntoPostgres() throws Exception {
    assertThat(new String(get("SELECT '\\\\.' AS a", "&format=csv").body(), StandardCharsets.UTF_8))
        .isEqualTo("a\r\n\"\\.\"\r\n");
  }

  @Test
  void shouldWriteArrowExactly() throws Exception {
    HttpResponse<byte[]> arrow = ask(TYPES, "Accept", ARROW);

    assertThat(header(arrow, "Content-Type")).isEqualTo(ARROW);
    try (RootAllocator memory = new RootAllocator();
        ArrowStreamReader reader =
            new ArrowStreamReader(new ByteArrayInputStream(arrow.body()), memory)) {
      assertThat(reader.loadNextBatch()).isTrue();
      List<Object> first = new ArrayList<>();
      List<Object> second = new ArrayList<>();
      for (FieldVector column : reader.getVectorSchemaRoot().getFieldVectors()) {
        first.add(column.getObject(0));
        second.add(column.getObject(1));
      }
      assertThat(first.subList(0, 10))
          .containsExactly(
              true,
              (byte) 127,
              (short) -32768,
              -2147483648,
              9223372036854775807L,
              0.1f,
              Double.NEGATIVE_INFINITY,
              new BigDecimal("12.50"),
              new BigDecimal("-1234567890123.45"),
              new BigDecimal("-99999999999999999999999999999999.123456"));
      assertThat(first.get(10)).hasToString("a,\"b\"\n\u00e9\\");
      assertThat((byte[]) first.get(11)).containsExactly(0, 255);
      assertThat(first.get(12)).isEqualTo(-1);
      assertThat(first.get(13)).isEqualTo(-1L);
      assertThat(reader.getVectorSchemaRoot().getVector("at").getField().getType())
          .isEqualTo(new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC"));
      assertThat(first.get(14)).isEqualTo(LocalDateTime.parse("9999-12-31T00:00:00.000001"));
      assertThat(first.get(15)).hasToString("[1,null,3]");
      assertThat(first.get(16)).hasToString("[{\"key\":\"k\",\"value\":1.5},{\"key\":\"l\"}]");
      assertThat(first.get(17)).hasToString("{\"a\":1,\"b\":[{\"c\":20454}]}");
      assertThat(first.get(18)).hasToString("[{\"key\":1,\"value\":[]}]");
      assertThat(second).containsOnlyNulls().hasSize(19);
      assertThat(reader.loadNextBatch()).isFalse();
    }
  }

  @Test
  void shouldWriteIntervalsAsArrowHasThem() throws Exception {
    String sql =
        "SELECT INTERVAL '1-2' YEAR TO MONTH AS m, INTERVAL '-1 00:00:00.000001' DAY TO SECOND AS d";
    try (RootAllocator memory = new RootAllocator();
        ArrowStreamReader reader =
            new ArrowStreamReader(
                new ByteArrayInputStream(ask(sql, "Accept", ARROW).body()), memory)) {
      reader.loadNextBatch();
      assertThat(reader.getVectorSchemaRoot().getVector("m").getObject(0))
          .isEqualTo(Period.ofMonths(14));
      assertThat(reader.getVectorSchemaRoot().getVector("d").getObject(0))
          .isEqualTo(Duration.ofDays(-1).minusNanos(1_000));
    }
  }

  @Test
  void shouldWriteParquetExactly() throws Exception {
    HttpResponse<byte[]> parquet = ask(TYPES, "Accept", PARQUET);

    assertThat(header(parquet, "Content-Type")).isEqualTo(PARQUET);
    Path file = Files.write(dir.resolve("types.parquet"), parquet.body());
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
      String schema = reader.getFooter().getFileMetaData().getSchema().toString();
      assertThat(schema)
          .contains(
              "optional int32 tiny (INTEGER(8,true))",
              "optional int32 d4 (DECIMAL(4,2))",
              "optional int64 d15 (DECIMAL(15,2))",
              "optional fixed_len_byte_array(16) d38 (DECIMAL(38,6))",
              "optional binary text (STRING)",
              "optional int32 day (DATE)",
              "optional int64 at (TIMESTAMP(MICROS,true))",
              "optional int64 ntz (TIMESTAMP(MICROS,false))",
              "optional group items (LIST)",
              "optional group pairs (MAP)");
      assertThat(reader.getFooter().getFileMetaData().getKeyValueMetaData())
          .containsEntry("millrace.more", "false")
          .containsEntry("millrace.relations", "[]");
    }
    List<Group> rows = groups(file);
    assertThat(rows).hasSize(2);
    Group row = rows.get(0);
    assertThat(row.getBoolean("yes", 0)).isTrue();
    assertThat(row.getInteger("small", 0)).isEqualTo(-32768);
    assertThat(row.getLong("big", 0)).isEqualTo(Long.MAX_VALUE);
    assertThat(row.getFloat("f", 0)).isEqualTo(0.1f);
    assertThat(row.getInteger("d4", 0)).isEqualTo(1250);
    assertThat(row.getLong("d15", 0)).isEqualTo(-123456789012345L);
    assertThat(new BigDecimal(new BigInteger(row.getBinary("d38", 0).getBytes()), 6))
        .isEqualTo("-99999999999999999999999999999999.123456");
    assertThat(row.getString("text", 0)).isEqualTo("a,\"b\"\n\u00e9\\");
    assertThat(row.getInteger("day", 0)).isEqualTo(-1);
    assertThat(row.getLong("at", 0)).isEqualTo(-1);
    assertThat(row.getGroup("items", 0).getFieldRepetitionCount("list")).isEqualTo(3);
    assertThat(row.getGroup("items", 0).getGroup("list", 1).getFieldRepetitionCount("element"))
        .isZero();
    assertThat(row.getGroup("pairs", 0).getGroup("key_value", 0).getString("key", 0))
        .isEqualTo("k");
    assertThat(
            row.getGroup("nested", 0)
                .getGroup("b", 0)
                .getGroup("list", 0)
                .getGroup("element", 0)
                .getInteger("c", 0))
        .isEqualTo(20_454);
    for (int i = 0; i < 19; i++) {
      assertThat(rows.get(1).getFieldRepetitionCount(i)).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT INTERVAL '1' MONTH AS m | parquet | `m` of type INTERVAL MONTH",
        "SELECT array(INTERVAL '1' DAY) AS days | parquet | `days` of type ARRAY<INTERVAL DAY>",
        "SELECT make_interval(1) AS i | arrow | `i` of type INTERVAL",
        "SELECT parse_json('1') AS v | arrow | `v` of type VARIANT",
        "SELECT NULL AS n | parquet | `n` of type VOID",
      })
  void shouldNameAColumnThatAFormCannotSay(String sql, String format, String column)
      throws Exception {
    HttpResponse<byte[]> reply = get(sql, "&format=" + format);

    assertThat(reply.statusCode()).isEqualTo(406);
    JsonNode error = JSON.readTree(reply.body());
    assertThat(error.get("code").asText()).isEqualTo("NOT_ACCEPTABLE");
    assertThat(error.get("message").asText())
        .startsWith("cannot answer as " + format + ": found column " + column)
        .endsWith("cast it to STRING in the SELECT, or ask for JSON, NDJSON or CSV");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8 | application/json",
        "text/csv;q=0.5, application/x-ndjson | application/x-ndjson",
        "text/* | text/csv",
        "TEXT/CSV; header=present | text/csv",
        "application/* | application/json",
        "application/json;q=0, */* | application/x-ndjson",
        "text/csv ; q=0.000, text/*, application/json;q=0.001 | application/json",
      })
  void shouldTakeTheFormThatIsMostWanted(String accept, String type) throws Exception {
    assertThat(header(ask("SELECT 1 AS a", "Accept", accept), "Content-Type")).startsWith(type);
  }

  @Test
  void shouldSayWhichFormsThereAre() throws Exception {
    HttpResponse<byte[]> reply = ask("SELECT 1 AS a", "Accept", "application/pdf");
    assertThat(reply.statusCode()).isEqualTo(406);
    assertThat(JSON.readTree(reply.body()).get("message").asText())
        .isEqualTo(
            "cannot answer: found Accept: application/pdf, expected one of application/json,"
                + " application/x-ndjson, text/csv, application/vnd.apache.arrow.stream,"
                + " application/vnd.apache.parquet; correct it, or leave it out");
    assertThat(ask("SELECT 1 AS a", "Accept", "application/json;q=0").statusCode()).isEqualTo(406);
    HttpResponse<byte[]> named = get("SELECT 1 AS a", "&format=xls");
    assertThat(named.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(named.body()).get("message").asText())
        .isEqualTo(
            "cannot answer: found format 'xls', expected one of json, ndjson, csv, arrow, parquet;"
                + " correct it");
  }

  @Test
  void shouldSayPositionsAndMoreInHeaders() throws Exception {
    String sql = "SELECT category, MEASURE(orders) AS n FROM by_day GROUP BY category";
    JsonNode json = JSON.readTree(ask(sql).body());

    HttpResponse<byte[]> csv = get(sql, "&format=csv&limit=2");

    assertThat(new String(csv.body(), StandardCharsets.UTF_8))
        .isEqualTo("category,n\r\n,1\r\n\"\",1\r\n");
    assertThat(header(csv, "Content-Disposition")).isEqualTo("attachment; filename=\"answer.csv\"");
    assertThat(header(csv, "Millrace-More")).isEqualTo("true");
    assertThat(header(csv, "Millrace-Rows")).isEqualTo("2");
    JsonNode position = JSON.readTree(header(csv, "Millrace-Position"));
    assertThat(position.at("/0/view").asText()).isEqualTo("by_day");
    assertThat(position.at("/0/position/live")).isEqualTo(json.at("/relations/0/position/live"));
    HttpResponse<byte[]> parquet = ask(sql, "Accept", PARQUET);
    Path file = Files.write(dir.resolve("position.parquet"), parquet.body());
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
      JsonNode kept =
          JSON.readTree(
              reader.getFooter().getFileMetaData().getKeyValueMetaData().get("millrace.relations"));
      assertThat(kept.at("/0/position/live").toString()).isEqualTo("{\"0\":2,\"1\":1}");
    }
  }

  @Test
  void shouldAnswerRowsOfAViewInEachForm() throws Exception {
    HttpResponse<byte[]> csv = send("/v1/views/by_day/rows?$limit=1&$format=csv");

    assertThat(new String(csv.body(), StandardCharsets.UTF_8))
        .startsWith("category,day,orders,")
        .contains("\r\n,2026-01-05T00:00:00Z,1,5,");
    assertThat(header(csv, "Millrace-More")).isEqualTo("true");
    String cursor = header(csv, "Millrace-Cursor");
    assertThat(header(csv, "Millrace-Cursor-Lease")).isEqualTo(cursor.substring(0, 21));
    HttpResponse<byte[]> next =
        send("/v1/views/by_day/rows?limit=2&cursor=" + cursor, "Accept", "application/x-ndjson");
    List<String> lines = new String(next.body(), StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(JSON.readTree(lines.get(1)).get("category").asText()).isEqualTo("books");
    assertThat(next.headers().firstValue("Millrace-Cursor")).isEmpty();
    assertThat(
            groups(
                Files.write(
                    dir.resolve("rows.parquet"),
                    send("/v1/views/by_day/rows", "Accept", PARQUET).body())))
        .hasSize(3);
  }

  @Test
  void shouldSayThatACursorIsTooLongForAHeader() throws Exception {
    CompiledView view = replica.apply(Orders.view("long_keys", Orders.BY_DAY));
    Orders orders = new Orders(1, 1);
    for (String key : List.of("a".repeat(30_000), "b".repeat(30_000))) {
      orders.add(0, key, 1, 1.0, Instant.parse("2026-01-05T12:00:00Z"));
    }
    replica.live(view, new LiveModel(view, orders).advance());
    replica.step();

    HttpResponse<byte[]> refused = send("/v1/views/long_keys/rows?$limit=1&$format=csv");
    assertThat(refused.statusCode()).isEqualTo(406);
    assertThat(new String(refused.body(), StandardCharsets.UTF_8))
        .contains("found a cursor of 4", "say $cursor=none");
    assertThat(
            header(
                send("/v1/views/long_keys/rows?$limit=1&$format=csv&$cursor=none"),
                "Millrace-More"))
        .isEqualTo("true");
  }

  @Test
  void shouldKeepALargeAnswerInAFileUntilItIsRead() throws Exception {
    String sql = many("SELECT repeat('0123456789', 50000) AS a, 1 AS b", 12);
    for (String format : List.of("json", "ndjson", "csv", "arrow", "parquet")) {
      HttpResponse<byte[]> reply = get(sql, "&format=" + format);
      assertThat(reply.statusCode()).as(format).isEqualTo(200);
      assertThat(reply.headers().firstValueAsLong("Content-Length")).hasValue(reply.body().length);
      if (!format.equals("parquet")) {
        assertThat(reply.body().length).as(format).isGreaterThan(6_000_000);
      }
    }
    io.millrace.testkit.Eventually.await(
        "files to be gone", Duration.ofSeconds(10), () -> replica.spools.used() == 0);
    assertThat(dir.resolve("answers")).isEmptyDirectory();
  }

  @Test
  void shouldCompressWhenAsked() throws Exception {
    String sql = many("SELECT repeat('0123456789', 50000) AS a", 4);
    byte[] plain = get(sql, "&format=csv").body();

    HttpResponse<byte[]> zipped = get(sql, "&format=csv", "Accept-Encoding", "gzip, br");

    assertThat(header(zipped, "Content-Encoding")).isEqualTo("gzip");
    assertThat(header(zipped, "Vary")).isEqualTo("Accept, Accept-Encoding");
    assertThat(zipped.body().length).isLessThan(plain.length / 100);
    assertThat(new GZIPInputStream(new ByteArrayInputStream(zipped.body())).readAllBytes())
        .isEqualTo(plain);
    assertThat(get(sql, "", "Accept-Encoding", "gzip;q=0").headers().map())
        .doesNotContainKey("content-encoding");
  }

  private static String many(String select, int times) {
    return String.join(" UNION ALL ", java.util.Collections.nCopies(times, select));
  }

  private static List<Group> groups(Path file) throws IOException {
    List<Group> rows = new ArrayList<>();
    try (ParquetReader<Group> reader = new Groups(new LocalInputFile(file)).build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        rows.add(row);
      }
    }
    return rows;
  }

  private static final class Groups extends ParquetReader.Builder<Group> {
    private Groups(InputFile file) {
      super(file);
    }

    @Override
    protected ReadSupport<Group> getReadSupport() {
      return new GroupReadSupport();
    }
  }

  private HttpResponse<byte[]> ask(String sql, String... headers) throws Exception {
    return get(sql, "", headers);
  }

  private HttpResponse<byte[]> get(String sql, String more, String... headers) throws Exception {
    return send("/v1/sql?q=" + URLEncoder.encode(sql, StandardCharsets.UTF_8) + more, headers);
  }

  private HttpResponse<byte[]> send(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.uri() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String header(HttpResponse<?> reply, String name) {
    return reply.headers().firstValue(name).orElse("");
  }
}

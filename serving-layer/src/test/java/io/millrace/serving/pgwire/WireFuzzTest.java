package io.millrace.serving.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.serving.pgcatalog.PgCatalog;
import io.millrace.testkit.Eventually;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Bytes that no driver sends: none hangs the server, ends it, or keeps anything of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WireFuzzTest {
  private static final int ROUNDS = Integer.getInteger("millrace.fuzz.rounds", 400);

  @TempDir static Path dir;

  private final long seed = Long.getLong("millrace.fuzz.seed", System.nanoTime());
  private WireReplica wire;

  @BeforeAll
  void load() {
    System.out.println("wire fuzz: -Dmillrace.fuzz.seed=" + seed);
    wire =
        new WireReplica(
            dir,
            Map.of(
                "serving.pgwire.connections",
                "8",
                "serving.cursor.timeout",
                "1s",
                "serving.sql.scans",
                "1"),
            Duration.ofMillis(1_500),
            Duration.ofMillis(1_500));
  }

  @AfterAll
  void close() {
    wire.close();
  }

  /** A message, whatever its body. */
  private static byte[] message(char type, byte[] body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      if (type != 0) {
        out.writeByte(type);
      }
      out.writeInt(body.length + 4);
      out.write(body);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private static byte[] body(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      writing.to(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.writeByte(0);
  }

  private static byte[] startup() {
    return message(
        (char) 0,
        body(
            out -> {
              out.writeInt(3 << 16);
              text(out, "user");
              text(out, "ann");
              out.writeByte(0);
            }));
  }

  private static byte[] query(String sql) {
    return message('Q', body(out -> text(out, sql)));
  }

  /** What a driver sends. */
  private static List<byte[]> sensible(Random random) {
    List<byte[]> messages = new ArrayList<>();
    String[] questions = {
      "SELECT * FROM by_day",
      "SELECT category FROM by_day WHERE category = $1 LIMIT $2",
      "BEGIN",
      "COMMIT",
      "SELECT relname, relkind FROM pg_catalog.pg_class c JOIN pg_namespace n ON n.oid ="
          + " c.relnamespace WHERE n.nspname = 'public' ORDER BY 1",
      "SHOW ALL",
      "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM by_day",
      "FETCH 2 FROM c",
      "SET TIME ZONE 'Europe/Berlin'; SELECT now() AS n; DISCARD ALL",
      "INSERT INTO x VALUES (1)",
      "SELECT $1::numeric AS n, E'\\u00e4' AS u, $$x$$ AS y /* a /* b */ c */ -- d",
      "",
    };
    for (int i = random.nextInt(6) + 1; i > 0; i--) {
      String sql = questions[random.nextInt(questions.length)];
      if (random.nextBoolean()) {
        messages.add(query(sql));
        continue;
      }
      String name = random.nextBoolean() ? "" : "s" + random.nextInt(3);
      int types = random.nextInt(3);
      int values = random.nextInt(3);
      messages.add(
          message(
              'P',
              body(
                  out -> {
                    text(out, name);
                    text(out, sql);
                    out.writeShort(types);
                    for (int t = 0; t < types; t++) {
                      out.writeInt(new int[] {0, 20, 23, 25, 701, 1184, 1700}[random.nextInt(7)]);
                    }
                  })));
      messages.add(
          message(
              'D',
              body(
                  out -> {
                    out.writeByte('S');
                    text(out, name);
                  })));
      messages.add(
          message(
              'B',
              body(
                  out -> {
                    text(out, "");
                    text(out, name);
                    out.writeShort(1);
                    out.writeShort(random.nextInt(2));
                    out.writeShort(values);
                    for (int v = 0; v < values; v++) {
                      byte[] value = new byte[random.nextInt(10)];
                      random.nextBytes(value);
                      out.writeInt(random.nextInt(5) == 0 ? -1 : value.length);
                      out.write(value);
                    }
                    out.writeShort(1);
                    out.writeShort(random.nextInt(2));
                  })));
      messages.add(
          message(
              'E',
              body(
                  out -> {
                    text(out, "");
                    out.writeInt(random.nextInt(3));
                  })));
      messages.add(message("SSSHC".charAt(random.nextInt(5)), new byte[0]));
    }
    return messages;
  }

  /** With some of its bytes others, left out, or said twice. */
  private static byte[] mutated(byte[] bytes, Random random) {
    byte[] mutated = bytes.clone();
    switch (random.nextInt(5)) {
      case 0 -> {
        for (int i = random.nextInt(4) + 1; i > 0 && mutated.length > 0; i--) {
          mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
        }
        return mutated;
      }
      case 1 -> {
        return java.util.Arrays.copyOf(mutated, random.nextInt(mutated.length + 1));
      }
      case 2 -> {
        byte[] noise = new byte[random.nextInt(64)];
        random.nextBytes(noise);
        return noise;
      }
      case 3 -> {
        byte[] twice = java.util.Arrays.copyOf(mutated, mutated.length * 2);
        System.arraycopy(bytes, 0, twice, mutated.length, bytes.length);
        return twice;
      }
      default -> {
        return mutated;
      }
    }
  }

  @Test
  void shouldOutliveWhateverIsSent() throws Exception {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      try (Socket socket = new Socket("127.0.0.1", wire.port)) {
        socket.setSoTimeout(30_000);
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        sent.writeBytes(random.nextInt(8) == 0 ? mutated(startup(), random) : startup());
        for (byte[] each : sensible(random)) {
          sent.writeBytes(random.nextInt(3) == 0 ? mutated(each, random) : each);
        }
        socket.getOutputStream().write(sent.toByteArray());
        if (random.nextInt(4) > 0) {
          socket.shutdownOutput();
          // It answers to the end, or breaks off: it does not wait for more.
          drain(socket.getInputStream());
        }
      } catch (IOException e) {
        // What is sent on after a fatal error finds no reader.
        assertThat(e.getMessage()).as("seed %d, round %d", seed, round).doesNotContain("timed out");
      }
    }
    Eventually.await(
        "connections that are gone are let go",
        Duration.ofSeconds(20),
        () -> wire.server.sessions() == 0);
    answers();
  }

  private static void drain(InputStream in) throws IOException {
    byte[] buffer = new byte[8_192];
    while (in.read(buffer) >= 0) {}
  }

  private static boolean isAnswered(java.sql.Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeQuery("SELECT * FROM by_day").close();
      return true;
    } catch (SQLException e) {
      assertThat(e.getSQLState()).isEqualTo("53000");
      return false;
    }
  }

  private void answers() throws SQLException {
    try (java.sql.Connection connection = wire.connect("");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) AS n FROM by_day")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getLong(1)).isEqualTo(4);
    }
  }

  @Test
  void shouldCloseWhoSaysNothing() throws IOException {
    try (Socket silent = new Socket("127.0.0.1", wire.port);
        Socket slow = new Socket("127.0.0.1", wire.port)) {
      silent.setSoTimeout(20_000);
      slow.setSoTimeout(20_000);
      slow.getOutputStream().write(startup());
      slow.getOutputStream().write(new byte[] {'Q', 0, 0, 1});
      drain(silent.getInputStream());
      drain(slow.getInputStream());
    }
  }

  @Test
  void shouldRefuseOneTooManyAndStillCancel() throws Exception {
    List<java.sql.Connection> connections = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) {
        connections.add(wire.connect(""));
      }
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> wire.connect(""))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("53300"))
          .hasMessageContaining("found 8 connections, expected fewer");
      try (Statement statement = connections.get(0).createStatement()) {
        statement.cancel();
      }
    } finally {
      for (java.sql.Connection connection : connections) {
        connection.close();
      }
    }
    Eventually.await(
        "there is room again", Duration.ofSeconds(10), () -> wire.server.sessions() == 0);
    answers();
  }

  @Test
  void shouldLetGoOfACursorThatNobodyReads() throws Exception {
    try (java.sql.Connection connection = wire.connect("");
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.setFetchSize(1);
      ResultSet rows = statement.executeQuery("SELECT * FROM by_day");
      assertThat(rows.next()).isTrue();
      try (java.sql.Connection other = wire.connect("")) {
        // It holds the only place there is for scans that are read in parts.
        Eventually.await("the cursor is let go", Duration.ofSeconds(20), () -> isAnswered(other));
      }
      org.assertj.core.api.Assertions.assertThatThrownBy(rows::next)
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("34000"));
    }
  }

  @Test
  void shouldSayWhichPortIsTaken() {
    try (PgServer second =
        new PgServer(
            WireReplica.config(Map.of("serving.pgwire.port", Integer.toString(wire.port))),
            wire.replica.sql,
            new PgCatalog(wire.replica.views))) {
      second.start();
      assertThat(second.address()).isEmpty();
      assertThat(second.problem().orElseThrow())
          .startsWith("cannot serve Postgres' wire on 127.0.0.1:" + wire.port + ": found ")
          .endsWith("set serving.pgwire.port to another port, or to none");
    }
  }

  /** Whoever has 5433 here: the second finds a port, and none means none. */
  @Test
  void shouldTakeAFreePortWhereTheUsualOneIsTaken() {
    PgCatalog catalog = new PgCatalog(wire.replica.views);
    Map<String, String> auto = Map.of("serving.pgwire.port", "auto");
    try (PgServer first = new PgServer(WireReplica.config(auto), wire.replica.sql, catalog);
        PgServer second = new PgServer(WireReplica.config(auto), wire.replica.sql, catalog);
        PgServer off =
            new PgServer(
                WireReplica.config(Map.of("serving.pgwire.port", "none")),
                wire.replica.sql,
                catalog)) {
      first.start();
      second.start();
      off.start();
      assertThat(second.address()).isPresent().isNotEqualTo(first.address());
      assertThat(second.address().orElseThrow()).doesNotEndWith(":5433");
      assertThat(off.address()).isEmpty();
      assertThat(off.problem()).isEmpty();
      assertThat(off.ended()).isFalse();
    }
  }

  @Test
  void shouldSayWhenItIsNotSpokenTo() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", wire.port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      DataInputStream in = new DataInputStream(socket.getInputStream());
      assertThat((char) in.readByte()).isEqualTo('E');
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).contains("08P01");
    }
  }

  /** A session to which messages are sent as they are; answers are read one by one. */
  private static final class Raw implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;

    Raw(int port) throws IOException {
      socket = new Socket("127.0.0.1", port);
      socket.setSoTimeout(20_000);
      in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
      send(startup());
      until('Z');
    }

    void send(byte[]... messages) throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte[] message : messages) {
        all.writeBytes(message);
      }
      socket.getOutputStream().write(all.toByteArray());
    }

    /** Messages up to one of this letter: each its letter and its body. */
    List<String> until(char letter) throws IOException {
      List<String> messages = new ArrayList<>();
      do {
        char type = (char) in.readUnsignedByte();
        byte[] body = new byte[in.readInt() - 4];
        in.readFully(body);
        messages.add(type + new String(body, StandardCharsets.ISO_8859_1));
      } while (messages.get(messages.size() - 1).charAt(0) != letter);
      return messages;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static byte[] parse(String sql, int... types) {
    return message(
        'P',
        body(
            out -> {
              text(out, "");
              text(out, sql);
              out.writeShort(types.length);
              for (int type : types) {
                out.writeInt(type);
              }
            }));
  }

  /** Of values as text, and columns of one format. */
  private static byte[] bind(int format, String... values) {
    return message(
        'B',
        body(
            out -> {
              text(out, "");
              text(out, "");
              out.writeShort(0);
              out.writeShort(values.length);
              for (String value : values) {
                out.writeInt(value.length());
                out.write(value.getBytes(StandardCharsets.US_ASCII));
              }
              out.writeShort(1);
              out.writeShort(format);
            }));
  }

  private static byte[] execute() {
    return message(
        'E',
        body(
            out -> {
              text(out, "");
              out.writeInt(0);
            }));
  }

  private static byte[] sync() {
    return message('S', new byte[0]);
  }

  private static String letters(List<String> messages) {
    StringBuilder letters = new StringBuilder();
    messages.forEach(message -> letters.append(message.charAt(0)));
    return letters.toString();
  }

  /** As drivers that take binary ask; a cursor was declared for text. */
  @Test
  void shouldFetchInTheFormatThatFetchWasBoundTo() throws IOException {
    try (Raw raw = new Raw(wire.port)) {
      raw.send(query("BEGIN; DECLARE c CURSOR FOR SELECT count(*) AS n FROM by_day"));
      raw.until('Z');
      raw.send(parse("FETCH 1 FROM c"), bind(1), execute(), sync());
      assertThat(raw.until('Z')).contains("D\0\1\0\0\0\b\0\0\0\0\0\0\0\4");
    }
  }

  @Test
  void shouldSendDaysFarAwayInBinary() throws IOException {
    try (Raw raw = new Raw(wire.port)) {
      raw.send(parse("SELECT TIMESTAMP'9999-12-31 00:00:00' AS t"), bind(1), execute(), sync());
      long micros =
          java.time.LocalDate.of(2000, 1, 1)
                  .until(java.time.LocalDate.of(9999, 12, 31), java.time.temporal.ChronoUnit.DAYS)
              * 86_400_000_000L;
      byte[] expected = body(out -> out.writeLong(micros));
      assertThat(raw.until('Z'))
          .contains("D\0\1\0\0\0\b" + new String(expected, StandardCharsets.ISO_8859_1));
    }
  }

  /** What cannot be sent is an error, and no half of a row that keeps its reader waiting. */
  @Test
  void shouldSendNoHalfRow() throws IOException {
    try (Raw raw = new Raw(wire.port)) {
      raw.send(parse("SELECT TIMESTAMP'-290308-12-21 20:00:00' AS t"), bind(1), execute(), sync());
      List<String> answer = raw.until('Z');
      assertThat(letters(answer)).isEqualTo("12EZ");
      assertThat(answer.get(2)).contains("22008", "ask for the value as text");
    }
  }

  /** As many as a text holds, each looked at once. */
  @Test
  void shouldTakeManyStatementsAtOnce() throws IOException {
    int many = 40_000;
    try (Raw raw = new Raw(wire.port)) {
      Thread asks = new Thread(() -> send(raw, query("BEGIN;".repeat(many))));
      asks.setDaemon(true);
      asks.start();
      long begun = raw.until('Z').stream().filter(message -> message.charAt(0) == 'C').count();
      assertThat(begun).isEqualTo(many);
    }
  }

  private static void send(Raw raw, byte[]... messages) {
    try {
      raw.send(messages);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whoever never asks for what it is answered has it sent all the same, not kept. */
  @Test
  void shouldKeepNoAnswersForWhoAsksOn() throws IOException {
    try (Raw raw = new Raw(wire.port)) {
      byte[][] asked = new byte[102][];
      asked[0] = parse("SHOW ALL");
      asked[1] = bind(0);
      java.util.Arrays.fill(asked, 2, asked.length, execute());
      raw.send(asked);
      // There is no Sync, nor a Flush.
      for (int i = 0; i < 50; i++) {
        assertThat(raw.until('C')).hasSizeGreaterThan(20);
      }
    }
  }

  @Test
  void shouldBoundTheTypesOfParameters() throws IOException {
    try (Raw raw = new Raw(wire.port)) {
      raw.send(parse("SELECT 1 AS a", new int[1_001]), sync());
      assertThat(raw.until('Z').get(0)).startsWith("E").contains("54000", "at most 1000");
      raw.send(parse("SELECT 1 AS a", new int[1_000]), sync());
      assertThat(letters(raw.until('Z'))).isEqualTo("1Z");
    }
  }

  @Test
  void shouldCancelWhatIsStillToBeDoneOfManyStatements() throws Exception {
    try (java.sql.Connection connection = wire.connect("&preferQueryMode=simple");
        Statement statement = connection.createStatement()) {
      java.util.concurrent.CompletableFuture<SQLException> failed =
          java.util.concurrent.CompletableFuture.supplyAsync(
              () -> {
                try {
                  statement.execute("SELECT count(*) AS n FROM by_day;".repeat(7_000));
                  return null;
                } catch (SQLException e) {
                  return e;
                }
              });
      Eventually.await(
          "the rest is cancelled",
          Duration.ofSeconds(20),
          () -> {
            try {
              statement.cancel();
            } catch (SQLException e) {
              throw new IllegalStateException(e);
            }
            return failed.isDone();
          });
      assertThat(failed.thenApply(e -> e == null ? "answered" : e.getSQLState()).get())
          .isEqualTo("57014");
    }
  }
}

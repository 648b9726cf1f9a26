package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.SourceDefinition;
import io.millrace.launcher.console.ExitCode;
import io.millrace.launcher.produce.ProduceJob;
import io.millrace.producer.AvroWriter;
import io.millrace.producer.TopicWriter;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.TestBroker;
import io.millrace.testkit.TestConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as people have them, sent by {@code millrace produce} to a real broker. */
final class ProduceIT {
  private static final String ROW =
      """
      {"name": "id", "type": "string"},
      {"name": "amount", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 10}], "default": null},
      {"name": "price", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2}], "default": null},
      {"name": "ver", "type": ["null", "string"], "default": null},
      {"name": "tag", "type": ["null", "int", "string"], "default": null},
      {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}], "default": null},
      {"name": "big", "type": ["null", "long"], "default": null}
      """;
  private static final String PAIR =
      """
      {"name": "id", "type": "int"}, {"name": "text", "type": ["null", "string"], "default": null}
      """;

  @TempDir private static Path shared;

  private static TestBroker broker;

  @TempDir private Path dir;

  @BeforeAll
  static void startBroker() {
    broker = TestBroker.start(shared.resolve("broker"));
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void shouldKeepEveryDigitAndStringOfJson() throws Exception {
    SourceTopic source = SourceTopic.apply(broker, dir, "numbers", 1, ROW);
    Path file =
        write(
            "rows.jsonl",
            """
            {"id":"j1","amount":799.9294969890,"price":12345678901234567.89,"ver":1.10,"tag":5,"day":"2026-01-31","big":9007199254740993}
            {"id":"j2","amount":1234567890123456789.0123456789,"price":0.1,"ver":"1.10","tag":"5","day":"2026-01-31","big":"9223372036854775807"}
            {"id":"j3","amount":"1234567890123456789.0123456789","price":"12345678901234567.89","ver":"007","tag":"007","day":"20260131","big":1e3}
            {"id":"j4","amount":"1234567890123456789.0123456789","price":"12345678901234567.89","ver":"007","tag":"007","day":null,"big":1e3}
            {"id":"j5","day":20260131}
            """);
    Path rejects = dir.resolve("rejects.jsonl");

    Commands.Ended ended = source.produce(file, "--rejects", rejects.toString());

    assertThat(ended.code()).isEqualTo(ExitCode.FAILED);
    assertThat(ended.text())
        .contains("2 rows were not sent, but put into " + rejects)
        .contains("line 3: day: found '20260131', expected a date such as 2026-01-31")
        .contains("line 5: day: found '20260131', expected a date such as 2026-01-31");
    List<GenericRecord> records = source.records();
    assertThat(records).extracting(r -> r.get("id").toString()).containsExactly("j1", "j2", "j4");
    assertThat(records)
        .extracting(r -> r.get("amount"))
        .containsExactly(
            new BigDecimal("799.9294969890"),
            new BigDecimal("1234567890123456789.0123456789"),
            new BigDecimal("1234567890123456789.0123456789"));
    assertThat(records)
        .extracting(r -> r.get("price"))
        .containsExactly(
            new BigDecimal("12345678901234567.89"),
            new BigDecimal("0.10"),
            new BigDecimal("12345678901234567.89"));
    assertThat(records)
        .extracting(r -> r.get("ver").toString())
        .containsExactly("1.10", "1.10", "007");
    assertThat(records.get(0).get("tag")).isEqualTo(5);
    assertThat(records.get(1).get("tag")).isInstanceOf(CharSequence.class).hasToString("5");
    assertThat(records.get(2).get("tag")).isInstanceOf(CharSequence.class).hasToString("007");
    assertThat(records.get(0).get("day")).isEqualTo((int) LocalDate.of(2026, 1, 31).toEpochDay());
    assertThat(records)
        .extracting(r -> r.get("big"))
        .containsExactly(9007199254740993L, Long.MAX_VALUE, 1000L);
    List<JsonNode> kept = json(rejects);
    assertThat(kept).extracting(line -> line.get("line").asLong()).containsExactly(3L, 5L);
    assertThat(kept.get(1).get("row").asText()).isEqualTo("{\"id\":\"j5\",\"day\":20260131}");
  }

  @Test
  void shouldReadFilesAsPeopleHaveThem() throws Exception {
    SourceTopic source =
        SourceTopic.apply(
            broker,
            dir,
            "forms",
            1,
            """
            {"name": "id", "type": "string"}, {"name": "x", "type": "double"}
            """);
    Path csv =
        write("a.csv", "\uFEFF\"id\",\"x\"\r\n\r\n\"a, \"\"1\"\"\",1.5\r\n  \r\nb,NaN\r\nc,-0.0");
    Path json =
        write(
            "b.jsonl",
            "\uFEFF{\"id\":\"d\",\"x\":NaN}\r\n\r\n{\"id\":\"e\",\"x\":-Infinity}\r\n"
                + "{\"id\":\"f\",\"x\":Infinity}");
    Path utf16 = dir.resolve("c.csv");
    Files.write(utf16, "\uFEFFid,x\nz,1\n".getBytes(StandardCharsets.UTF_16LE));

    assertThat(source.produce(csv)).extracting(Commands.Ended::code).isEqualTo(ExitCode.OK);
    assertThat(source.produce(json)).extracting(Commands.Ended::code).isEqualTo(ExitCode.OK);
    Commands.Ended refused = source.produce(utf16);

    assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.text())
        .contains("found UTF-16 text, expected UTF-8; convert it by 'iconv -f UTF-16 -t UTF-8'");
    assertThat(source.records())
        .extracting(r -> r.get("id") + " " + r.get("x"))
        .containsExactly("a, \"1\" 1.5", "b NaN", "c -0.0", "d NaN", "e -Infinity", "f Infinity");
  }

  @Test
  void shouldRejectARowThatCannotBeReadWithItsLineAndGoOn() throws Exception {
    SourceTopic source = SourceTopic.apply(broker, dir, "broken", 2, PAIR);
    Path csv = dir.resolve("a.csv");
    try (OutputStream out = Files.newOutputStream(csv)) {
      out.write(utf8("id,text\n1,a\n2,\"b\" c\n3,\"d\n4,e\n5,"));
      out.write(utf8("x".repeat(2_000_000)));
      out.write(utf8("\n6,\""));
      out.write(utf8("y".repeat(2_000_000)));
      out.write(utf8("\"\n7,caf"));
      out.write(0xE9);
      out.write(utf8("\n8,\"f\ng\"\n9,h,i\n"));
    }
    Path json =
        write(
            "b.jsonl",
            "{\"id\":10}\n{\"id\":11\n{\"id\":12}{\"id\":13}\n{\"id\":14,\"id\":15}\n[16]\n"
                + "{\"id\":17}\n");
    Path rejects = dir.resolve("rejects.jsonl");

    Commands.Ended cells = source.produce(csv, "--rejects", rejects.toString());

    assertThat(cells.code()).isEqualTo(ExitCode.FAILED);
    assertThat(source.values("id")).containsExactly("1", "4", "8");
    List<JsonNode> kept = json(rejects);
    assertThat(kept)
        .extracting(line -> line.get("line").asLong())
        .containsExactlyInAnyOrder(3L, 4L, 6L, 7L, 8L, 11L);
    assertThat(reason(kept, 3)).contains("line 3: found text after a closing quote");
    assertThat(reason(kept, 4)).contains("line 4: found text after a closing quote in line 7");
    assertThat(reason(kept, 6)).contains("line 6: found a record too large for Kafka");
    assertThat(reason(kept, 7)).contains("line 7: found a record too large for Kafka");
    assertThat(reason(kept, 8)).contains("line 8: found bytes that are no UTF-8");
    assertThat(reason(kept, 11)).contains("line 11: found 3 columns, expected 2");

    Commands.Ended objects = source.produce(json, "--rejects", rejects.toString());

    assertThat(objects.code()).isEqualTo(ExitCode.FAILED);
    assertThat(source.values("id")).containsExactly("1", "10", "17", "4", "8");
    assertThat(json(rejects))
        .extracting(line -> line.get("line").asLong())
        .containsExactly(2L, 3L, 4L, 5L);
  }

  @Test
  void shouldRejectARowThatOnlyTheBrokerFindsTooLarge() throws Exception {
    SourceTopic source = SourceTopic.apply(broker, dir, "large", 1, PAIR);
    // Nothing that can be compressed to a size that the broker takes.
    byte[] random = new byte[1_500_000];
    new java.util.Random(7).nextBytes(random);
    String large = java.util.Base64.getEncoder().encodeToString(random);
    Path file = write("a.csv", "id,text\n1,a\n2," + large + "\n3,c\n");
    Path rejects = dir.resolve("rejects.jsonl");

    Commands.Ended ended =
        source.produce(
            file,
            "--rejects",
            rejects.toString(),
            "--set",
            "kafka.properties.max.request.size=8000000");

    assertThat(ended.code()).isEqualTo(ExitCode.FAILED);
    assertThat(ended.text()).contains("line 3: found a record too large for Kafka (");
    assertThat(source.values("id")).containsExactly("1", "3");
    assertThat(json(rejects)).extracting(line -> line.get("line").asLong()).containsExactly(3L);
  }

  @Test
  void shouldRefuseToWriteRejectedRowsIntoTheFileItReads() throws Exception {
    SourceTopic source = SourceTopic.apply(broker, dir, "same", 1, PAIR);
    Path file = write("a.csv", rows(1, 3));

    Commands.Ended ended = source.produce(file, "--rejects", file.toString());

    assertThat(ended.text()).contains("found that it is the file to send");
    assertThat(Files.readString(file)).isEqualTo(rows(1, 3));
    assertThat(source.produce(file, "--from-line", "0").text())
        .contains("BAD_REQUEST: cannot use --from-line: found '0', expected a line's number");
    assertThat(source.produce(file, "--rate", "fast").text())
        .contains("BAD_REQUEST: cannot use --rate: found 'fast', expected a number such as 1000");
  }

  @Test
  void shouldGoOnBehindAnOpenQuoteAndALineWithoutEndInLittleMemory() throws Exception {
    SourceTopic source = SourceTopic.apply(broker, dir, "endless", 1, PAIR);
    byte[] line = utf8("no row at all: " + "z".repeat(984) + "\n");
    Path file = dir.resolve("a.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16)) {
      out.write(utf8("id,text\n1,a\n2,\"b\n"));
      for (int i = 0; i < 200_000; i++) {
        out.write(line);
      }
      out.write(utf8("3,c\n4,"));
      for (int i = 0; i < 200_000; i++) {
        out.write(line, 0, line.length - 1);
      }
      out.write(utf8("\n5,e\n"));
    }

    Commands.Ended ended;
    try (Commands.Running running =
        Commands.start(
            dir, List.of("-Xmx128m"), source.with("produce", "endless", file.toString()))) {
      ended = running.await();
    }

    assertThat(ended.text())
        .contains("200,002 rows were not sent")
        .contains("line 3: found a quote that nothing closes");
    assertThat(source.values("id")).containsExactly("1", "3", "5");
  }

  @Test
  void shouldSayHowToGoOnWhereAFileBreaksOff() throws Exception {
    SourceTopic source = SourceTopic.apply(broker, dir, "torn", 3, PAIR);
    byte[] whole = gzip(rows(1, 20_000));
    Path file = dir.resolve("a.csv.gz");
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));

    Commands.Ended torn = source.produce(file);

    assertThat(torn.code()).isEqualTo(ExitCode.FAILED);
    assertThat(torn.text()).contains("BAD_REQUEST: cannot read line ").contains("EOFException");
    List<String> sent = source.values("id");
    long next = goOnLine(torn.text());
    assertThat(next).isEqualTo(sent.size() + 2).isBetween(2_000L, 20_000L);
    assertThat(torn.text())
        .contains("every row before line " + next + " is in the topic or rejected");

    Files.write(file, whole);
    Commands.Ended rest = source.produce(file, "--from-line", Long.toString(next));

    assertThat(rest.code()).as(rest.text()).isEqualTo(ExitCode.OK);
    assertThat(source.values("id")).isEqualTo(ids(1, 20_000));
  }

  @Test
  void shouldSayHowToGoOnWhereRejectedRowsFindNoRoom() throws Exception {
    SourceTopic source = SourceTopic.apply(broker, dir, "full", 2, PAIR);
    Path file = write("a.csv", rows(1, 50) + "none,text\n" + rows(51, 70).substring(8));
    Path rejects = dir.resolve("rejects.jsonl");
    Files.writeString(rejects, "{\"line\":1,\"torn");

    Commands.Ended full = source.produce(file, "--rejects", "/dev/full");

    assertThat(full.code()).isEqualTo(ExitCode.FAILED);
    assertThat(full.text())
        .contains("BAD_REQUEST: cannot keep line 52 in /dev/full: ")
        .contains("No space left on device")
        .contains("the same command with --from-line 52 goes on from there");
    assertThat(source.values("id")).isEqualTo(ids(1, 50));

    Commands.Ended rest =
        source.produce(file, "--rejects", rejects.toString(), "--from-line", "52");

    assertThat(rest.text()).contains("1 row was not sent");
    assertThat(source.values("id")).isEqualTo(ids(1, 70));
    assertThat(Files.readAllLines(rejects)).hasSize(2);
    assertThat(Files.readAllLines(rejects).get(1)).contains("none,text");
  }

  @Test
  void shouldSayHowToGoOnWhenItIsStopped() throws Exception {
    SourceTopic source = SourceTopic.apply(broker, dir, "stopped", 2, PAIR);
    Path file = write("a.csv", rows(1, 500));

    Commands.Ended stopped;
    try (Commands.Running running =
        Commands.start(
            dir, List.of(), source.with("produce", "stopped", file.toString(), "--rate", "20"))) {
      Eventually.await("some rows", Duration.ofMinutes(2), () -> source.records().size() >= 10);
      running.process().destroy();
      stopped = running.await();
    }

    assertThat(stopped.code()).isEqualTo(ExitCode.FAILED);
    long next = goOnLine(stopped.text());
    assertThat(source.values("id")).isEqualTo(ids(1, (int) next - 2));
    assertThat(source.produce(file, "--from-line", Long.toString(next)).code()).isZero();
    assertThat(source.values("id")).isEqualTo(ids(1, 500));
  }

  @Test
  void shouldGoOnBehindTheLastRowHandedOver() throws Exception {
    SourceTopic source = SourceTopic.apply(broker, dir, "asked", 3, PAIR);
    MillraceConfig config = TestConfig.of(broker, dir.resolve("data"));
    SourceDefinition definition;
    try (ControlLog control = ControlLog.open(config)) {
      definition = control.catchUp(Duration.ofSeconds(30)).sources().get("asked");
    }
    ProduceJob.Options options =
        new ProduceJob.Options(
            write("a.csv", rows(1, 700)),
            Optional.empty(),
            0,
            2,
            1,
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    try (TopicWriter topic = TopicWriter.open(config, definition, Duration.ofMillis(50))) {
      int[] heard = {0};

      // The second time it is asked, right behind the 512th row.
      ProduceJob.Result result =
          new ProduceJob(options, AvroWriter.schema(definition), topic)
              .run((sent, fraction) -> ++heard[0] < 2);

      assertThat(result.sent()).isEqualTo(512);
      assertThat(result.ended().orElseThrow().goOn())
          .containsExactly(
              "every row before line 514 of round 1 is in the topic or rejected",
              "the same command with --repeat 2 --from-line 514 goes on from there");
    }
    assertThat(source.values("id")).isEqualTo(ids(1, 512));
  }

  @Test
  void shouldSayHowToGoOnWhenTheBrokerIsGone() throws Exception {
    try (TestBroker other = TestBroker.start(dir.resolve("broker"))) {
      SourceTopic source = SourceTopic.apply(other, dir, "gone", 2, PAIR);
      Path file = write("a.csv", rows(1, 100_000));
      Path rejects = dir.resolve("rejects.jsonl");
      String[] arguments =
          source.with(
              "produce",
              "gone",
              file.toString(),
              "--rate",
              "2000",
              "--rejects",
              rejects.toString(),
              "--set",
              "kafka.properties.delivery.timeout.ms=4000",
              "--set",
              "kafka.properties.request.timeout.ms=2000");
      Commands.Ended gone;
      try (Commands.Running running = Commands.start(dir, List.of(), arguments)) {
        Eventually.await(
            "some rows", Duration.ofMinutes(2), () -> source.records().size() >= 1_000);
        other.stop();
        gone = running.await();
      }

      assertThat(gone.code()).isEqualTo(ExitCode.FAILED);
      assertThat(gone.text())
          .contains("BROKER_UNREACHABLE: cannot produce to gone: the broker did not take line ")
          .contains("Kafka has not answered for ");
      long next = goOnLine(gone.text());
      other.restart();
      assertThat(source.values("id")).doesNotHaveDuplicates();

      // Ended early for good: the rest would take a while.
      Path rest = write("b.csv", rows(1, (int) next + 1_000));
      assertThat(source.produce(rest, "--from-line", Long.toString(next)).code()).isZero();

      List<String> kept = new ArrayList<>(source.values("id"));
      if (Files.exists(rejects)) {
        for (JsonNode line : json(rejects)) {
          kept.add(line.get("row").asText().split(",")[0]);
        }
      }
      assertThat(kept).containsAll(ids(1, (int) next + 1_000));
      // A broker that ends may have taken rows without an answer: these are said.
      java.util.regex.Matcher unanswered =
          java.util.regex.Pattern.compile("Kafka has not answered for (\\d+) row")
              .matcher(gone.text());
      assertThat(unanswered.find()).isTrue();
      assertThat(kept.size() - (next + 1_000)).isBetween(0L, Long.parseLong(unanswered.group(1)));
    }
  }

  private static long goOnLine(String text) {
    java.util.regex.Matcher found =
        java.util.regex.Pattern.compile("the same command with --from-line (\\d+)").matcher(text);
    assertThat(found.find()).as(text).isTrue();
    return Long.parseLong(found.group(1));
  }

  /** A header and rows with ids from {@code first} to {@code last}. */
  private static String rows(int first, int last) {
    StringBuilder rows = new StringBuilder("id,text\n");
    for (int id = first; id <= last; id++) {
      rows.append(id).append(",text of ").append(Integer.toHexString(id * 31)).append('\n');
    }
    return rows.toString();
  }

  private static List<String> ids(int first, int last) {
    return java.util.stream.IntStream.rangeClosed(first, last)
        .mapToObj(Integer::toString)
        .sorted()
        .toList();
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(utf8(text));
    }
    return bytes.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  private static List<JsonNode> json(Path file) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(mapper.readTree(line));
    }
    return lines;
  }

  private static String reason(List<JsonNode> rejects, long line) {
    return rejects.stream()
        .filter(rejected -> rejected.get("line").asLong() == line)
        .map(rejected -> rejected.get("reason").asText())
        .findFirst()
        .orElse("");
  }
}

package io.millrace.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.millrace.batch.table.Probe;
import io.millrace.batch.verify.VerifyJob;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The answers checked here are made by {@link Orders#expected}, which shares no code with Spark.
 */
class VerifyIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Fewer than any answer here has. */
  private static final int ROWS_PER_PASS = 2;

  @TempDir static Path dir;

  private static Installation at;
  private static ControlLog control;
  private static ViewDefinition view;

  @BeforeAll
  static void start() {
    at = new Installation(dir);
    control = ControlLog.open(at.config);
    at.broker.createTopic("verified", 2);
    SourceDefinition source = Orders.source("verified");
    view = Orders.view(source);
    control.publish(source);
    control.publish(view);
    at.sendOrders("verified", 0, 0, 50);
    at.archive(Probe.NONE).run(source);
    // Beyond the lake: a tail that only Kafka has, with a record nobody can decode.
    at.sendOrders("verified", 0, 50, 60);
    at.send("verified", 1, List.of(new byte[] {1}));
    at.sendOrders("verified", 1, 100, 120);
  }

  @AfterAll
  static void stop() {
    control.close();
    at.close();
  }

  @Test
  void shouldFindAnAnswerRightThatReachesIntoTheTail() throws Exception {
    List<String> rows =
        rows(LongStream.concat(LongStream.range(0, 55), LongStream.range(100, 108)));

    Verified verified = verify("0:56,1:10", rows);

    assertThat(verified.differ()).isZero();
    assertThat(verified.said())
        .endsWith("verify: 5 rows equal, 0 differ\n")
        .startsWith("progress: 0 of 66 records\n")
        .contains("note: category compared exactly\n")
        .contains("note: price compared within what rounding allows of what was summed\n");
  }

  @Test
  void shouldSayAtOnceThatTheTopicEndsBeforeTheAnswer() {
    assertThatThrownBy(() -> verify("0:1000,1:2000", rows(LongStream.range(0, 5))))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.RECORDS_LOST))
        .hasMessageMatching(
            "cannot verify by_category: found that topic verified ends before the answer's position"
                + " \\(partition:from-to 0:\\d+-1000,1:\\d+-2000\\), expected every record .*");
  }

  /** The answer is that of all records but those the view throws on, as the live view's is. */
  @Test
  void shouldLeaveOutTheRecordsThatTheViewThrowsOn() throws Exception {
    ViewDefinition throwing =
        new ViewDefinition(
            "throwing",
            "000000000000000b",
            "SELECT count(*) AS orders, sum(element_at(array(cents), if(id % 10 = 7, 0, 1)))"
                + " AS cents FROM orders",
            view.source(),
            "",
            Map.of());
    control.publish(throwing);
    // Of the ids 0 to 54, five end in a 7.
    long cents = LongStream.range(0, 55).filter(id -> id % 10 != 7).map(id -> id * 10).sum();

    assertThat(verify(throwing, "0:56", List.of("[50," + cents + "]")).said())
        .contains("note: without the records that the view throws on, as the answer is\n")
        .endsWith("verify: 1 rows equal, 0 differ\n");
    assertThat(verify(throwing, "0:56", List.of("[55," + cents + "]")).differ()).isEqualTo(1);
  }

  @Test
  void shouldCompareASketchWithinItsBound() throws Exception {
    ViewDefinition sketched =
        new ViewDefinition(
            "sketched",
            "000000000000000c",
            "SELECT count(*) AS orders, approx_percentile(cents, array(0.5, 0.9), 10) AS cents,"
                + " mode(cents) AS often FROM orders",
            view.source(),
            "",
            Map.of());
    control.publish(sketched);
    // Of 0, 10, … 540: within four tenths of the ranks, twice rounded.
    assertThat(verify(sketched, "0:56", List.of("[55,[270,490],0]")).said())
        .contains("note: cents compared within the bound of its sketch\n")
        .contains("note: often not compared: of the same records several values are right\n")
        .endsWith("verify: 1 rows equal, 0 differ\n");
    assertThat(verify(sketched, "0:56", List.of("[55,[300,500],10]")).differ()).isZero();
    assertThat(verify(sketched, "0:56", List.of("[55,[270,10],0]")).differ()).isEqualTo(1);
    assertThat(verify(sketched, "0:56", List.of("[55,[541,541],0]")).differ()).isEqualTo(1);
    assertThat(verify(sketched, "0:56", List.of("[55,[270],0]")).differ()).isEqualTo(1);
    assertThat(verify(sketched, "0:56", List.of("[55,null,0]")).differ()).isEqualTo(1);
  }

  @Test
  void shouldFindAnAnswerRightThatEndsBeforeTheLakeDoes() throws Exception {
    assertThat(verify("0:20", rows(LongStream.range(0, 20))).said())
        .endsWith("verify: 5 rows equal, 0 differ\n");
  }

  @Test
  void shouldCatchACorruptedAnswer() throws Exception {
    List<String> rows = rows(LongStream.range(0, 20));
    int victim = 2;
    String right = rows.get(victim);
    rows.set(victim, right.replaceFirst(",(\\d+),", ",9$1,"));

    Verified verified = verify("0:20", rows);

    assertThat(verified.differ()).isEqualTo(1);
    assertThat(verified.said())
        .endsWith("verify: 4 rows equal, 1 differ\n")
        .contains("   found " + rows.get(victim));
  }

  @Test
  void shouldCatchAnAnswerAtAnotherPosition() throws Exception {
    assertThat(verify("0:21", rows(LongStream.range(0, 20))).differ()).isEqualTo(1);
  }

  @Test
  void shouldCatchMissingAndSurplusRows() throws Exception {
    List<String> rows = rows(LongStream.range(0, 20));
    String gone = rows.remove(0);
    assertThat(verify("0:20", rows).said())
        .contains("   found no such row")
        .endsWith("verify: 4 rows equal, 1 differ\n");
    rows.add(gone);
    rows.add(gone);
    assertThat(verify("0:20", rows).said())
        .contains("expected no such row")
        .endsWith("verify: 5 rows equal, 1 differ\n");
  }

  @Test
  void shouldRefuseAFileThatIsNoAnswer() throws Exception {
    Path file = Files.writeString(dir.resolve("other.jsonl"), "{\"view\":\"by_category\"}\n");
    assertThatThrownBy(
            () ->
                new VerifyJob(at.config, at.spark, at.lake, System.out, ROWS_PER_PASS)
                    .run(control.state(), file))
        .hasMessageContaining("expected an object that names the view and its position");
  }

  private record Verified(long differ, String said) {}

  private static Verified verify(String position, List<String> rows) throws IOException {
    return verify(view, position, rows);
  }

  private static Verified verify(ViewDefinition view, String position, List<String> rows)
      throws IOException {
    Path file = Files.createTempFile(dir, "answer", ".jsonl");
    var head = JSON.createObjectNode();
    head.put("view", view.name()).put("version", view.version()).put("runId", "r");
    head.set("boundary", JSON.valueToTree(Position.parse("0:5")));
    head.set("position", JSON.valueToTree(Position.parse(position)));
    Files.writeString(file, head + "\n" + String.join("\n", rows) + "\n");
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    long differ =
        new VerifyJob(
                at.config,
                at.spark,
                at.lake,
                new PrintStream(said, true, StandardCharsets.UTF_8),
                ROWS_PER_PASS)
            .run(control.state(), file);
    return new Verified(differ, said.toString(StandardCharsets.UTF_8));
  }

  /** Rows as the serving layer writes them. */
  private static List<String> rows(LongStream ids) {
    List<String> rows = new ArrayList<>();
    for (String row : Orders.expected(ids)) {
      String[] values = row.split("/");
      ArrayNode node = JSON.createArrayNode();
      if (values[0].equals("null")) {
        node.addNull();
      } else {
        node.add(values[0]);
      }
      long count = Long.parseLong(values[1]);
      long cents = Long.parseLong(values[2]);
      // In another order than Spark's: some of the averages differ in their last bits.
      rows.add(node.add(count).add(cents).add(cents / 100.0 / count).toString());
    }
    return rows;
  }
}

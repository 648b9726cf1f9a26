package io.millrace.batch.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.batch.table.LakeRows;
import io.millrace.batch.topic.KafkaRecords;
import io.millrace.batch.topic.Loss;
import io.millrace.batch.topic.TopicOffsets;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.lake.Lake;
import io.millrace.lake.Snapshots;
import io.millrace.view.CompiledView;
import io.millrace.view.StateComparison;
import io.millrace.view.ViewProgram;
import io.millrace.view.compile.ViewCompiler;
import io.millrace.view.spark.SparkViews;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.iceberg.Table;
import org.apache.kafka.clients.admin.Admin;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;

/**
 * Recomputes an answer from scratch and compares: plain Spark SQL over the lake's rows below the
 * answer's position and, where the lake does not reach it yet, the records of Kafka up to there.
 */
public final class VerifyJob {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Rows of each side that are held at once: some hundred bytes to a kilobyte each. */
  public static final int ROWS_PER_PASS = 200_000;

  /** However few partitions the topic has, every core has work and progress shows. */
  private static final long OFFSETS_PER_TASK = 250_000;

  private final MillraceConfig config;
  private final SparkSession spark;
  private final Lake lake;
  private final PrintStream out;
  private final int rowsPerPass;

  /**
   * @param rowsPerPass see {@link #ROWS_PER_PASS}
   */
  public VerifyJob(
      MillraceConfig config, SparkSession spark, Lake lake, PrintStream out, int rowsPerPass) {
    this.config = config;
    this.spark = spark;
    this.lake = lake;
    this.out = out;
    this.rowsPerPass = rowsPerPass;
  }

  /**
   * Prints progress as {@link VerifyProgress} does, the differences, and {@code verify: N rows
   * equal, M differ}.
   *
   * @param answer JSON lines: first the answer's {@code view}, {@code version}, {@code runId},
   *     {@code boundary}, {@code position} and {@code columns}, then one array per row
   * @return how many rows differ
   * @throws MillraceException {@code VIEW_UNKNOWN}, {@code BAD_REQUEST}, {@code RECORDS_LOST}
   */
  public long run(ControlState state, Path answer) {
    try (BufferedReader lines = Files.newBufferedReader(answer)) {
      JsonNode head = JSON.readTree(String.valueOf(lines.readLine()));
      if (!head.path("position").isObject() || !head.path("view").isTextual()) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot verify an answer: found "
                + answer
                + " to begin with "
                + head
                + ", expected an object that names the view and its position");
      }
      ViewDefinition view = view(state, head);
      CompiledView compiled = ViewCompiler.compile(view);
      // Where a run is ahead of the live state, the answer reaches to the run's boundary.
      Position position = position(head.get("position")).max(position(head.path("boundary")));
      long answered = lines.lines().count();
      Verification.Result result =
          compare(compiled, rows(state, view, position), position, answer, answered);
      print(compiled, rules(compiled), result);
      return result.differ();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + answer, e);
    }
  }

  /**
   * The recomputed rows wait on disk, so that a view that outgrows the heap is compared share by
   * share.
   */
  private Verification.Result compare(
      CompiledView compiled, Dataset<Row> rows, Position position, Path answer, long answered) {
    try {
      return compareAll(compiled, rows, position, answer, answered);
    } catch (Exception e) {
      if (!SparkViews.threwOnRecord(e)) {
        throw e;
      }
      out.println("note: without the records that the view throws on, as the answer is");
      return compareAll(compiled, SparkViews.taken(compiled, rows), position, answer, answered);
    }
  }

  private Verification.Result compareAll(
      CompiledView compiled, Dataset<Row> rows, Position position, Path answer, long answered) {
    Dataset<Row> plain = SparkViews.plain(compiled, spark, rows).persist(StorageLevel.DISK_ONLY());
    // How far rounding may go is asked of states, computed from scratch as well.
    Dataset<Row> states =
        SparkViews.states(compiled, spark, rows)
            .select(SparkViews.KEY, SparkViews.STATE)
            .persist(StorageLevel.DISK_ONLY());
    try {
      long computed;
      try (VerifyProgress progress = VerifyProgress.show(spark, position.total(), out)) {
        computed = plain.count();
      }
      long passes = Math.max(1, (Math.max(computed, answered) + rowsPerPass - 1) / rowsPerPass);
      return new Verification(rules(compiled), () -> leeways(compiled, states.toLocalIterator()))
          .compare(
              Math.toIntExact(passes),
              () -> nodes(plain.toLocalIterator()),
              () -> answered(answer));
    } finally {
      plain.unpersist();
      states.unpersist();
    }
  }

  private static Iterator<Leeway> leeways(CompiledView compiled, Iterator<Row> states) {
    ViewProgram program = compiled.newProgram();
    StateComparison comparison = compiled.newComparison();
    Iterable<Row> all = () -> states;
    return StreamSupport.stream(all.spliterator(), false)
        .flatMap(row -> Leeway.of(program, comparison, row.getAs(0), row.getAs(1)).stream())
        .iterator();
  }

  private static Iterator<List<JsonNode>> nodes(Iterator<Row> rows) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public List<JsonNode> next() {
        return SparkValues.nodes(rows.next());
      }
    };
  }

  /** The rows of an answer: its lines after the first. */
  private static Iterator<List<JsonNode>> answered(Path answer) {
    try {
      BufferedReader lines = Files.newBufferedReader(answer);
      lines.readLine();
      return new Iterator<>() {
        private String line = read();

        private String read() {
          try {
            String next = lines.readLine();
            if (next == null) {
              lines.close();
            }
            return next;
          } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + answer, e);
          }
        }

        @Override
        public boolean hasNext() {
          return line != null;
        }

        @Override
        public List<JsonNode> next() {
          List<JsonNode> row = row(answer, line);
          line = read();
          return row;
        }
      };
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + answer, e);
    }
  }

  /** All of the source's rows below the position, from the lake and from Kafka. */
  private Dataset<Row> rows(ControlState state, ViewDefinition view, Position position) {
    Table table = lake.load(Lake.sourceId(view.source().lakeTable())).orElse(null);
    boolean archived = table != null && table.currentSnapshot() != null;
    Position lakeEnd =
        archived ? Snapshots.position(table).orElse(Position.empty()) : Position.empty();
    Dataset<Row> tail =
        SparkViews.decode(view.source(), kafka(view, lakeEnd.min(position), position))
            .where(functions.col("_rejected").isNull())
            .drop("_rejected", "_value");
    if (!archived) {
      return tail;
    }
    return LakeRows.below(
            spark, view.source(), table.currentSnapshot().snapshotId(), position.min(lakeEnd))
        .unionByName(tail);
  }

  private Dataset<Row> kafka(ViewDefinition view, Position from, Position to) {
    try (Admin admin = Admin.create(config.adminProperties())) {
      SourceDefinition source = view.source();
      SourceTopic.check(
          "verify " + view.name(),
          source,
          source.topicId(),
          SourceTopic.id(admin, source.topic(), config.kafka().connectTimeout()));
    }
    TopicOffsets topic = TopicOffsets.read(config, view.source().topic());
    Position start = from;
    for (Map.Entry<Integer, Long> entry : to.offsets().entrySet()) {
      int partition = entry.getKey();
      if (from.offset(partition) >= entry.getValue()) {
        // The lake has it all; Spark must not look for offsets that Kafka may have deleted.
        start = start.with(partition, entry.getValue());
      }
    }
    String missing = Loss.ranges(topic.end(), to);
    if (!missing.isEmpty()) {
      throw new MillraceException(
          ErrorCode.RECORDS_LOST,
          "cannot verify "
              + view.name()
              + ": found that topic "
              + view.source().topic()
              + " ends before the answer's position (partition:from-to "
              + missing
              + "), expected every record of the answer; was it deleted and made again?");
    }
    String lost = Loss.ranges(start.min(to), topic.earliest().min(to));
    if (!lost.isEmpty() && !from.equals(Position.empty())) {
      throw new MillraceException(
          ErrorCode.RECORDS_LOST,
          "cannot verify "
              + view.name()
              + ": found that topic "
              + view.source().topic()
              + " has deleted records between the lake and the answer (partition:from-to "
              + lost
              + "), expected all of them; archive the source, then verify a newer answer");
    }
    return KafkaRecords.read(
        spark,
        config,
        view.source().topic(),
        topic.partitions(),
        start.max(topic.earliest().min(to)),
        to,
        OFFSETS_PER_TASK);
  }

  private static List<Verification.Rule> rules(CompiledView compiled) {
    return compiled.columns().stream().map(c -> Verification.rule(compiled, c)).toList();
  }

  private static ViewDefinition view(ControlState state, JsonNode head) {
    String name = head.path("view").asText();
    String version = head.path("version").asText();
    ViewDefinition view = state.views().get(name + "/" + version);
    if (view == null) {
      throw new MillraceException(
          ErrorCode.VIEW_UNKNOWN,
          "cannot verify "
              + name
              + ": found no version "
              + version
              + " of it, expected one of "
              + state.views().keySet());
    }
    return view;
  }

  private static Position position(JsonNode node) {
    Map<Integer, Long> offsets = new HashMap<>();
    node.properties()
        .forEach(e -> offsets.put(Integer.parseInt(e.getKey()), e.getValue().longValue()));
    return Position.of(offsets);
  }

  private static List<JsonNode> row(Path answer, String line) {
    try {
      List<JsonNode> row = new ArrayList<>();
      JSON.readTree(line).forEach(row::add);
      return row;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read a row of " + answer + ": " + line, e);
    }
  }

  private void print(
      CompiledView compiled, List<Verification.Rule> rules, Verification.Result result) {
    for (int i = 0; i < rules.size(); i++) {
      String column = compiled.columns().get(i).name();
      out.println(
          "note: "
              + column
              + switch (rules.get(i)) {
                case EXACT -> " compared exactly";
                case FLOATING -> " compared within what rounding allows of what was summed";
                case BOUNDED -> " compared within the bound of its sketch";
                case OPEN -> " not compared: of the same records several values are right";
              });
    }
    for (Verification.Difference difference : result.examples()) {
      out.println("expected " + text(difference.expected()));
      out.println("   found " + text(difference.found()));
    }
    out.println("verify: " + result.equal() + " rows equal, " + result.differ() + " differ");
  }

  private static String text(List<JsonNode> row) {
    return row == null ? "no such row" : JSON.createArrayNode().addAll(row).toString();
  }
}

package io.millrace.batch.archive;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import io.millrace.batch.table.Commits;
import io.millrace.batch.table.LakeSchema;
import io.millrace.batch.table.Offsets;
import io.millrace.batch.table.Probe;
import io.millrace.batch.table.StagedFiles;
import io.millrace.batch.topic.KafkaRecords;
import io.millrace.batch.topic.Loss;
import io.millrace.batch.topic.TopicOffsets;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.model.Position;
import io.millrace.control.model.SourceDefinition;
import io.millrace.lake.Lake;
import io.millrace.lake.Snapshots;
import io.millrace.view.spark.SparkViews;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.spark.SparkSchemaUtil;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.jdk.javaapi.FutureConverters;

/**
 * Moves a source's records from Kafka to its lake table.
 *
 * <p>The law: the lake table holds exactly the good records below its position, each once; the
 * rejected table holds every rejected record below the lake's position, each once. Both hold
 * whatever dies at any moment, and however many drivers archive at once.
 *
 * <p>Each step is one commit of the lake table: the rows and the new position together, on top of
 * the position the step began from and of no other. Rejected records are committed before, under
 * the same rule with the rejected table's own position, and only from that position on.
 */
public final class Archive {
  private static final Logger LOG = LoggerFactory.getLogger(Archive.class);

  /** Offsets of one step: a first archive of a long topic is many commits, each a resting point. */
  public static final long OFFSETS_PER_STEP = 20_000_000;

  /** How long after the end of a job Spark may take to say what it has seen. */
  private static final Duration OBSERVED = Duration.ofMinutes(1);

  private static final String REJECTED = "_rejected";
  private static final String VALUE = "_value";

  private final MillraceConfig config;
  private final SparkSession spark;
  private final Lake lake;
  private final Probe probe;
  private final long offsetsPerStep;

  public Archive(
      MillraceConfig config, SparkSession spark, Lake lake, Probe probe, long offsetsPerStep) {
    this.config = config;
    this.spark = spark;
    this.lake = lake;
    this.probe = probe;
    this.offsetsPerStep = offsetsPerStep;
  }

  /**
   * @param position the lake's position, exclusive
   * @param rows good records in the lake
   * @param rejected records in the rejected table
   */
  public record Result(Position position, long rows, long rejected) {}

  /**
   * Archives everything below the topic's last stable offset, as it is at the time of the call.
   *
   * @throws MillraceException {@code RECORDS_LOST} if the topic lacks records the lake has not got;
   *     {@code TOPIC_CHANGED} if it is not the topic that the lake's position is of, or ends before
   *     it; {@code TOPIC_MISSING}; {@code BROKER_UNREACHABLE}
   */
  public Result run(SourceDefinition source) {
    try (OneTopic one = OneTopic.of(config, source)) {
      return run(source, one);
    }
  }

  private Result run(SourceDefinition source, OneTopic one) {
    Table table = LakeSchema.source(lake, source);
    // After the table, always: another driver may have archived what the topic has got meanwhile.
    TopicOffsets topic = TopicOffsets.read(config, source.topic());
    while (true) {
      one.check(table);
      Commits.checkClock(table, Instant.now());
      Optional<Position> resume = position(source, table);
      Position from = resume.orElse(topic.earliest());
      checkNothingLost(source, topic, from);
      Position to = limit(from, topic.end().max(from), topic.partitions());
      if (resume.isPresent() && to.equals(from) && showsItsSchema(table) && one.named(table)) {
        return new Result(from, Snapshots.rows(table), rejectedRows(source));
      }
      // The first position of an empty topic, or a changed schema: nothing that needs a job.
      boolean alone =
          to.equals(from)
              ? commit(table.newAppend(), table, one, resume, to, Optional.empty())
              : step(source, table, one, resume, from, to, topic.partitions());
      table.refresh();
      if (!alone) {
        topic = TopicOffsets.read(config, source.topic());
      }
    }
  }

  /** Where the table stands; empty if nothing was ever archived. */
  private static Optional<Position> position(SourceDefinition source, Table table) {
    Optional<Position> position = Snapshots.position(table);
    long rows = Snapshots.rows(table);
    if (position.isEmpty() && rows > 0) {
      throw new MillraceException(
          ErrorCode.POSITION_LOST,
          "cannot archive "
              + source.name()
              + ": found "
              + rows
              + " rows in the lake table and no position ("
              + Snapshots.POSITION
              + ") in any of its snapshots, expected to know what the rows reach to; if the rows"
              + " came from the topic, set the position behind the last of them with"
              + " io.millrace.batch.RecomputeMain --restore-position "
              + source.name());
    }
    return position;
  }

  /**
   * Gives a lake table that has lost its position the one behind its last row of each partition.
   * What was rejected or deleted behind that is archived once more, and nothing twice.
   *
   * @return the position; the table's own if it has one
   */
  public Position restorePosition(SourceDefinition source) {
    try (OneTopic one = OneTopic.of(config, source)) {
      return restorePosition(source, one);
    }
  }

  private Position restorePosition(SourceDefinition source, OneTopic one) {
    Table table = LakeSchema.source(lake, source);
    while (true) {
      Optional<Position> known = Snapshots.position(table);
      if (known.isPresent()) {
        return known.get();
      }
      Map<Integer, Long> behind = new HashMap<>();
      spark
          .table(Lake.sparkName(Lake.sourceId(source.lakeTable())))
          .groupBy(col(Lake.PARTITION))
          .agg(max(col(Lake.OFFSET)))
          .collectAsList()
          .forEach(row -> behind.put(row.getInt(0), row.getLong(1) + 1));
      commit(table.newAppend(), table, one, known, Position.of(behind), Optional.empty());
      table.refresh();
    }
  }

  /**
   * Accepts that records are gone: the lake's position moves to the topic's first offset wherever
   * it is below. What was lost is kept as the snapshot property {@link Snapshots#LOST}.
   *
   * @return the lost offsets, {@code partition:from-to,…}; empty if nothing is lost
   */
  public String acceptLoss(SourceDefinition source) {
    try (OneTopic one = OneTopic.of(config, source)) {
      return acceptLoss(source, one);
    }
  }

  private String acceptLoss(SourceDefinition source, OneTopic one) {
    Table table = LakeSchema.source(lake, source);
    while (true) {
      one.check(table);
      TopicOffsets topic = TopicOffsets.read(config, source.topic());
      Optional<Position> resume = position(source, table);
      String lost = resume.map(from -> Loss.ranges(from, topic.earliest())).orElse("");
      if (lost.isEmpty()) {
        return "";
      }
      Position to = resume.get().max(topic.earliest());
      AppendFiles append = table.newAppend().set(Snapshots.LOST, lost);
      if (commit(append, table, one.losing(lost), resume, to, Optional.empty())) {
        return lost;
      }
      table.refresh();
    }
  }

  /** Returns false if another driver's commit came between: then the step begins anew. */
  private boolean step(
      SourceDefinition source,
      Table table,
      OneTopic one,
      Optional<Position> resume,
      Position from,
      Position to,
      int partitions) {
    long started = System.nanoTime();
    Dataset<Row> decoded =
        SparkViews.decode(
            source, KafkaRecords.read(spark, config, source.topic(), partitions, from, to));
    Observation seen = new Observation();
    Dataset<Row> good =
        decoded
            .observe(seen, count(col(REJECTED)).as("rejected"))
            .where(col(REJECTED).isNull())
            .select(columns(table, Set.of(decoded.columns())));
    StagedFiles staged = StagedFiles.write(table, good);
    probe.reached(Probe.Moment.LAKE_STAGED);
    long rejected;
    try {
      rejected = rejected(source.name(), seen, OBSERVED);
      one.checkStill();
      if (rejected > 0 && !archiveRejected(source, one, decoded, from, to)) {
        staged.discard();
        return false;
      }
    } catch (Exception e) {
      // Also what Scala does not declare. A step that fails again and again would fill the disk.
      staged.discard();
      throw e;
    }
    AppendFiles append = table.newAppend();
    staged.files().forEach(append::appendFile);
    boolean committed = commit(append, table, one, resume, to, Optional.of(staged));
    if (committed) {
      probe.reached(Probe.Moment.LAKE_COMMITTED);
      LOG.info(
          "archived {} records of {} ({} rejected) up to {} in {} ms",
          staged.rows(),
          source.name(),
          rejected,
          to,
          (System.nanoTime() - started) / 1_000_000);
    }
    return committed;
  }

  /** What is appended and the position it leads to are one commit, if the table is where it was. */
  private static boolean commit(
      AppendFiles append,
      Table table,
      OneTopic one,
      Optional<Position> from,
      Position to,
      Optional<StagedFiles> staged) {
    append.set(Snapshots.POSITION, to.toString()).validateWith(Commits.unmoved(from));
    one.properties(table).forEach(append::set);
    return Commits.commit(append, table, staged);
  }

  /**
   * Whether the current snapshot has the table's columns: one made before a column was added shows
   * itself without it, so then a commit is due even if there is nothing to add.
   */
  private static boolean showsItsSchema(Table table) {
    Integer schema = table.currentSnapshot().schemaId();
    return schema == null || schema == table.schema().schemaId();
  }

  /** Returns false if another driver's commit came between: then the step begins anew. */
  private boolean archiveRejected(
      SourceDefinition source, OneTopic one, Dataset<Row> decoded, Position from, Position to) {
    Table table = lake.rejected(source.lakeTable());
    Optional<Position> own = Snapshots.position(table);
    Position start = own.orElse(from);
    if (start.covers(to)) {
      return true;
    }
    Dataset<Row> rows =
        decoded
            .where(col(REJECTED).isNotNull())
            .where(Offsets.atOrPast(start))
            .select(
                col(Lake.PARTITION),
                col(Lake.OFFSET),
                col(Lake.TIMESTAMP),
                col(VALUE).as("value"),
                col(REJECTED).as("reason"));
    StagedFiles staged = StagedFiles.write(table, rows);
    AppendFiles append = table.newAppend();
    staged.files().forEach(append::appendFile);
    boolean committed = commit(append, table, one, own, start.max(to), Optional.of(staged));
    if (committed) {
      probe.reached(Probe.Moment.REJECTED_COMMITTED);
    }
    return committed;
  }

  /** The table's columns, NULL where the source has lost one. */
  private static Column[] columns(Table table, Set<String> present) {
    return table.schema().columns().stream()
        .map(
            field ->
                present.contains(field.name())
                    ? col("`" + field.name() + "`")
                    : lit(null).cast(SparkSchemaUtil.convert(field.type())).as(field.name()))
        .toArray(Column[]::new);
  }

  /**
   * What the job said of its rejected records. It is said beside the job, soon after its end, and
   * Spark drops what it has too much to say of.
   *
   * @throws MillraceException {@code RUN_FAILED} if it has not been said within {@code patience}
   */
  static long rejected(String source, Observation seen, Duration patience) {
    try {
      Row said =
          FutureConverters.asJava(seen.future())
              .toCompletableFuture()
              .get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return said.getLong(said.fieldIndex("rejected"));
    } catch (TimeoutException | ExecutionException e) {
      throw new MillraceException(
          ErrorCode.RUN_FAILED,
          "cannot archive "
              + source
              + ": found that Spark has not said within "
              + patience.toMillis()
              + " ms of the job's end how many records it rejected, expected it at once; it is"
              + " archived again, and where this comes again and again, raise"
              + " batch.properties.spark.scheduler.listenerbus.eventqueue.capacity",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while archiving", e);
    }
  }

  private long rejectedRows(SourceDefinition source) {
    return lake.load(Lake.rejectedId(source.lakeTable())).map(Snapshots::rows).orElse(0L);
  }

  private Position limit(Position from, Position end, int partitions) {
    long share = Math.max(1, offsetsPerStep / partitions);
    Position limited = from;
    for (Map.Entry<Integer, Long> entry : end.offsets().entrySet()) {
      int partition = entry.getKey();
      limited = limited.with(partition, Math.min(entry.getValue(), from.offset(partition) + share));
    }
    return limited;
  }

  private static void checkNothingLost(
      SourceDefinition source, TopicOffsets topic, Position position) {
    String lost = Loss.ranges(position, topic.earliest());
    if (!lost.isEmpty()) {
      throw new MillraceException(
          ErrorCode.RECORDS_LOST,
          "cannot archive "
              + source.name()
              + ": found that topic "
              + source.topic()
              + " has deleted records the lake has not got (partition:from-to "
              + lost
              + ", the end exclusive), expected every record from the lake's position "
              + position
              + " on; make the topic's retention longer than the time between two archives, and to"
              + " go on without those records run io.millrace.batch.RecomputeMain --accept-loss "
              + source.name());
    }
    String ahead = Loss.ranges(topic.end(), position);
    if (!ahead.isEmpty()) {
      throw SourceTopic.changed(
          "archive " + source.name(),
          source,
          "that topic "
              + source.topic()
              + " ends before the lake's position (partition:from-to "
              + ahead
              + ")",
          "it to hold at least what the lake holds");
    }
  }
}

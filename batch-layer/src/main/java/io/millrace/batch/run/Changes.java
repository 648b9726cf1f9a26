package io.millrace.batch.run;

import io.millrace.control.model.Correction;
import io.millrace.control.model.Correction.Kind;
import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.lake.CorrectedGroups;
import io.millrace.lake.Lake;
import io.millrace.lake.Manifest;
import io.millrace.lake.Snapshots;
import io.millrace.view.CompiledView;
import io.millrace.view.spark.SparkViews;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what changed in a lake table between the snapshots that two runs of a view read, and which
 * groups of the view that touches.
 *
 * <ol>
 *   <li>From the run's snapshot back to that of the run before, each delete and overwrite is
 *       compared with the snapshot before it: records that are gone, back or have other values are
 *       touched, and so are the groups they were and are in.
 *   <li>Where the run before read a snapshot that is none of these, the lake was rolled back, or
 *       has forgotten what lies between: the two snapshots themselves are compared.
 *   <li>A record that an append adds below the position was there before, and is there twice; only
 *       an archive appends, and it appends past the position. Its groups are excused by nothing,
 *       whatever else touched them.
 * </ol>
 *
 * Compactions and archives are no changes, so that the usual run reads nothing at all.
 */
final class Changes {
  private static final Logger LOG = LoggerFactory.getLogger(Changes.class);

  private final SparkSession spark;
  private final Table table;
  private final CompiledView view;
  private final long mostBytes;

  private final List<String> what = new ArrayList<>();
  private final List<String> lost = new ArrayList<>();
  private final List<Dataset<Row>> touched = new ArrayList<>();
  private final List<Dataset<Row>> doubled = new ArrayList<>();
  private boolean unknown;

  /**
   * @param table the lake table of the view's source
   * @param mostBytes as {@link CorrectedGroups#MOST_BYTES}
   */
  Changes(SparkSession spark, Table table, CompiledView view, long mostBytes) {
    this.spark = spark;
    this.table = table;
    this.view = view;
    this.mostBytes = mostBytes;
  }

  /**
   * Writes the keys of the groups beside the batch view.
   *
   * @param before the run before; empty: none, a run over nothing
   * @param batchView where the keys go
   * @return empty if history was only continued
   */
  Optional<Correction> between(Optional<Manifest> before, RunRecord run, Table batchView) {
    try (LakeDiff diff =
        new LakeDiff(spark, table, SparkViews.sourceSchema(view.definition().source()))) {
      collect(diff, before, run);
      if (what.isEmpty()) {
        return Optional.empty();
      }
      Position reach = touched.stream().map(Changes::end).reduce(Position.empty(), Position::max);
      for (String range : lost) {
        reach = reach.max(endOf(range));
      }
      Optional<Set<ByteBuffer>> keys = keys();
      boolean listed = keys.filter(some -> !some.isEmpty()).isPresent();
      Correction correction =
          new Correction(
              run.runId(),
              run.view(),
              run.version(),
              keys.isEmpty() ? Kind.ALL : unknown && !listed ? Kind.UNKNOWN : Kind.GROUPS,
              String.join("; ", what),
              keys.map(Set::size).orElse(0),
              listed
                  ? Optional.of(CorrectedGroups.write(batchView, run.runId(), keys.get()))
                  : Optional.empty(),
              String.join(",", lost),
              reach);
      LOG.info("run {} of {} reads changed history: {}", run.runId(), run.view(), correction);
      return Optional.of(correction);
    }
  }

  private void collect(LakeDiff diff, Optional<Manifest> before, RunRecord run) {
    Optional<Long> from = before.map(Manifest::lakeSnapshotId);
    Snapshot last = null;
    Snapshot snapshot = table.snapshot(run.lakeSnapshotId());
    while (snapshot != null && !from.equals(Optional.of(snapshot.snapshotId()))) {
      Snapshot parent = snapshot.parentId() == null ? null : table.snapshot(snapshot.parentId());
      step(diff, parent, snapshot);
      last = snapshot;
      snapshot = parent;
    }
    if (snapshot != null || from.isEmpty()) {
      return;
    }
    Snapshot base = table.snapshot(from.get());
    if (base == null) {
      unknown = true;
      what.add(
          "lake snapshot "
              + from.get()
              + ", which run "
              + before.get().runId()
              + " read, has expired: what changed since is not known");
      return;
    }
    boolean forgotten =
        last != null && last.parentId() != null && last.sequenceNumber() > base.sequenceNumber();
    Optional<LakeDiff.Changed> changed = diff.between(from.get(), run.lakeSnapshotId());
    if (changed.isPresent()) {
      what.add(
          forgotten
              ? "changes in expired lake snapshots after " + from.get()
              : "lake rolled back behind snapshot " + from.get());
      touched.add(changed.get().touched());
      doubled.add(changed.get().doubled());
      (forgotten ? doubled : touched).add(changed.get().added());
    }
  }

  private void step(LakeDiff diff, Snapshot parent, Snapshot snapshot) {
    String operation = snapshot.operation();
    String gaveUp = snapshot.summary().get(Snapshots.LOST);
    if (gaveUp != null) {
      lost.add(gaveUp);
      what.add(
          "records given up for lost (partition:from-to "
              + gaveUp
              + ") in lake snapshot "
              + snapshot.snapshotId());
    }
    boolean changes =
        Objects.equals(operation, DataOperations.DELETE)
            || Objects.equals(operation, DataOperations.OVERWRITE);
    boolean archive = snapshot.summary().containsKey(Snapshots.POSITION);
    if (parent == null || Objects.equals(operation, DataOperations.REPLACE) || archive) {
      if (changes) {
        unknown = true;
        what.add(operation + " in lake snapshot " + snapshot.snapshotId() + ", of unknown records");
      }
      return;
    }
    Optional<LakeDiff.Changed> changed = diff.between(parent.snapshotId(), snapshot.snapshotId());
    if (changed.isEmpty()) {
      return;
    }
    doubled.add(changed.get().doubled());
    if (changes) {
      what.add(operation + " in lake snapshot " + snapshot.snapshotId());
      touched.add(changed.get().touched());
      touched.add(changed.get().added());
    } else {
      doubled.add(changed.get().added());
    }
  }

  /**
   * The groups of the touched records, but of those that the view throws on, which are in none;
   * empty if their keys are too many bytes.
   */
  private Optional<Set<ByteBuffer>> keys() {
    try {
      return keys(UnaryOperator.identity());
    } catch (Exception e) {
      if (!SparkViews.threwOnRecord(e)) {
        throw e;
      }
      return keys(records -> SparkViews.taken(view, records));
    }
  }

  private Optional<Set<ByteBuffer>> keys(UnaryOperator<Dataset<Row>> taken) {
    Set<ByteBuffer> keys = new HashSet<>();
    if (!touched.isEmpty()) {
      long bytes = 0;
      Iterator<Row> groups = groups(touched, taken);
      while (groups.hasNext()) {
        ByteBuffer key = ByteBuffer.wrap(groups.next().getAs(0));
        bytes += key.remaining() + CorrectedGroups.OVERHEAD;
        if (bytes > mostBytes) {
          return Optional.empty();
        }
        keys.add(key);
      }
    }
    if (!doubled.isEmpty() && !keys.isEmpty()) {
      Iterator<Row> twice = groups(doubled, taken);
      while (twice.hasNext()) {
        keys.remove(ByteBuffer.wrap(twice.next().getAs(0)));
      }
    }
    return Optional.of(keys);
  }

  private Iterator<Row> groups(List<Dataset<Row>> records, UnaryOperator<Dataset<Row>> taken) {
    Dataset<Row> all = taken.apply(records.stream().reduce(Dataset::unionByName).orElseThrow());
    if (view.global() && all.isEmpty()) {
      return List.<Row>of().iterator();
    }
    // With the states, or nobody would compute what the view throws on.
    return SparkViews.states(view, spark, all)
        .select(SparkViews.KEY, SparkViews.STATE)
        .toLocalIterator();
  }

  private static Position end(Dataset<Row> records) {
    Position end = Position.empty();
    for (Row row :
        records.groupBy(Lake.PARTITION).agg(functions.max(Lake.OFFSET)).collectAsList()) {
      end = end.with(row.getInt(0), row.getLong(1) + 1);
    }
    return end;
  }

  /** The end of {@code 0:120-180,3:0-7}. */
  private static Position endOf(String ranges) {
    return Position.parse(ranges.replaceAll(":\\d+-", ":"));
  }
}

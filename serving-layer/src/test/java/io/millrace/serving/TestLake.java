package io.millrace.serving;

import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.lake.CorrectedGroups;
import io.millrace.lake.RowChecksum;
import io.millrace.view.CompiledView;
import io.millrace.view.GroupKey;
import io.millrace.view.GroupState;
import io.millrace.view.ViewProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.hadoop.HadoopCatalog;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;

/**
 * A lake with batch views as {@code docs/spec/batch-view.md} describes them, written without Spark.
 */
public final class TestLake implements AutoCloseable {
  private static final Schema VIEW =
      new Schema(
          Types.NestedField.optional(1, "orders", Types.LongType.get()),
          Types.NestedField.required(2, "_visible", Types.BooleanType.get()),
          Types.NestedField.required(3, "_key", Types.BinaryType.get()),
          Types.NestedField.required(4, "_state", Types.BinaryType.get()));
  private static final Schema SOURCE =
      new Schema(
          Types.NestedField.required(1, "kafka_partition", Types.IntegerType.get()),
          Types.NestedField.required(2, "kafka_offset", Types.LongType.get()));

  private final HadoopCatalog catalog;
  private final Random random = new Random(7);
  private int runs;

  TestLake(Path warehouse) {
    this.catalog = new HadoopCatalog(new Configuration(), warehouse.toUri().toString());
  }

  static Map<String, String> properties(Path warehouse) {
    return Map.of("type", "hadoop", "warehouse", warehouse.toUri().toString());
  }

  /** A state that a run gets wrong; null drops the group. */
  public interface Fault {
    GroupState apply(ViewProgram program, GroupState state, int index);
  }

  /** A full run at {@code boundary}: its rows in the lake, and its announcement. */
  public RunRecord run(CompiledView view, Orders orders, Position boundary) {
    return run(view, orders, boundary, (program, state, index) -> state);
  }

  public RunRecord run(CompiledView view, Orders orders, Position boundary, Fault fault) {
    List<Record> rows = rows(view, orders, boundary, fault);
    return commit(view, boundary, rows, rows);
  }

  /** A run whose files were changed after they were written, and its manifest not. */
  public RunRecord edited(CompiledView view, Orders orders, Position boundary, Fault edit) {
    return commit(
        view,
        boundary,
        rows(view, orders, boundary, (program, state, index) -> state),
        rows(view, orders, boundary, edit));
  }

  private List<Record> rows(CompiledView view, Orders orders, Position boundary, Fault fault) {
    ViewProgram program = view.newProgram();
    Map<GroupKey, GroupState> states = orders.states(view, program, Position.empty(), boundary);
    Map<byte[], GroupState> groups = new LinkedHashMap<>();
    states.forEach((key, state) -> groups.put(key.toBytes(), state));
    if (view.global() && groups.isEmpty()) {
      // As Spark does.
      groups.put(new byte[0], program.newState());
    }
    List<Record> rows = new ArrayList<>();
    int index = 0;
    for (Map.Entry<byte[], GroupState> group : groups.entrySet()) {
      GroupState state = fault.apply(program, group.getValue(), index++);
      if (state != null) {
        GenericRecord row = GenericRecord.create(VIEW);
        row.setField("_visible", true);
        row.setField("_key", ByteBuffer.wrap(group.getKey()));
        row.setField("_state", ByteBuffer.wrap(program.encodeState(state)));
        rows.add(row);
      }
    }
    // In no order, and in several files: a reader may rely on neither.
    Collections.shuffle(rows, random);
    return rows;
  }

  private RunRecord commit(
      CompiledView view, Position boundary, List<Record> written, List<Record> rows) {
    String name = view.definition().name() + "_" + view.definition().version();
    Table table = table("views", name, VIEW);
    String runId = String.format("20260101T%06dZ-%04x", ++runs, runs);
    OverwriteFiles commit =
        table
            .newOverwrite()
            .overwriteByRowFilter(Expressions.alwaysTrue())
            .set("millrace.run", runId)
            .set("millrace.checksum", checksum(written));
    int half = rows.size() / 2;
    commit.addFile(write(table, VIEW, rows.subList(0, half)));
    commit.addFile(write(table, VIEW, rows.subList(half, rows.size())));
    commit.commit();
    Instant now = Instant.now();
    return new RunRecord(
        runId,
        view.definition().name(),
        view.definition().version(),
        RunRecord.Kind.FULL,
        RunRecord.Status.COMPLETED,
        boundary,
        archive(view).currentSnapshot().snapshotId(),
        "views." + name,
        Optional.of(table.currentSnapshot().snapshotId()),
        rows.size(),
        now,
        Optional.of(now),
        "request",
        Optional.empty());
  }

  private static String checksum(List<Record> rows) {
    RowChecksum sum = new RowChecksum();
    rows.forEach(row -> sum.add(bytes(row, "_key"), bytes(row, "_state")));
    return sum.text();
  }

  private static byte[] bytes(Record row, String column) {
    return ((ByteBuffer) row.getField(column)).array();
  }

  /** The lake table of the view's source, with one more append. */
  private Table archive(CompiledView view) {
    Table table = table("sources", view.definition().source().name(), SOURCE);
    GenericRecord row = GenericRecord.create(SOURCE);
    row.setField("kafka_partition", 0);
    row.setField("kafka_offset", (long) runs);
    table.newAppend().appendFile(write(table, SOURCE, List.of(row))).commit();
    return table;
  }

  /** The keys that the batch layer lists beside a run's rows. */
  public String corrected(RunRecord run, Collection<byte[]> keys) {
    return CorrectedGroups.write(
        catalog.loadTable(TableIdentifier.parse(run.table())),
        run.runId(),
        keys.stream().map(ByteBuffer::wrap).toList());
  }

  @Override
  public void close() {
    try {
      catalog.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Table table(String namespace, String name, Schema schema) {
    TableIdentifier identifier = TableIdentifier.of(namespace, name);
    return catalog.tableExists(identifier)
        ? catalog.loadTable(identifier)
        : catalog.createTable(identifier, schema);
  }

  private static DataFile write(Table table, Schema schema, List<Record> rows) {
    String path = table.locationProvider().newDataLocation(UUID.randomUUID() + ".parquet");
    OutputFile file = table.io().newOutputFile(path);
    try {
      DataWriter<Record> writer =
          Parquet.writeData(file)
              .forTable(table)
              .createWriterFunc(type -> GenericParquetWriter.create(schema, type))
              .build();
      try (writer) {
        writer.write(rows);
      }
      return writer.toDataFile();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

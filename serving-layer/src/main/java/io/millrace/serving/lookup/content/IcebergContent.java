package io.millrace.serving.lookup.content;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.LookupDefinition.Column;
import io.millrace.lake.Lake;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.types.Types;

/**
 * An Iceberg table, in the lake's catalog or at a path. What is read is the snapshot that there was
 * when {@link #stamp} was asked last.
 */
final class IcebergContent implements LookupContent {
  private final LookupDefinition definition;
  private final Supplier<Lake> lake;
  private Table table;

  /**
   * @param lake for tables with a name; stays whose it is
   */
  IcebergContent(LookupDefinition definition, Supplier<Lake> lake) {
    this.definition = definition;
    this.lake = lake;
  }

  private Table table() {
    if (table == null) {
      try {
        table =
            definition.path().contains("/")
                ? new HadoopTables(new Configuration()).load(definition.path())
                : lake.get()
                    .load(TableIdentifier.parse(definition.path()))
                    .orElseThrow(() -> failed("found no such table"));
      } catch (MillraceException e) {
        throw e;
      } catch (RuntimeException e) {
        // Of the catalog or the file system, each with errors of its own.
        throw failed("found " + e);
      }
    }
    return table;
  }

  private Snapshot snapshot() {
    Snapshot snapshot = table().currentSnapshot();
    if (snapshot == null) {
      throw failed("found a table that was never written");
    }
    return snapshot;
  }

  @Override
  public String stamp() {
    return id();
  }

  /**
   * Of the table, whatever it is called, of its snapshot, and of its schema: a column that is
   * renamed makes other rows of the same snapshot.
   */
  @Override
  public String id() {
    return Long.toHexString(snapshot().snapshotId())
        + "-"
        + table().uuid().toString().substring(0, 8)
        + "-"
        + table().schema().schemaId();
  }

  @Override
  public List<Column> columns() {
    return IcebergTypes.columns(table().schema());
  }

  @Override
  public LookupRows rows() {
    List<Types.NestedField> fields =
        IcebergTypes.fields(table().schema(), definition.columns(), this::failed);
    snapshot();
    // By the ids of the columns, as the table has them now; the snapshot's own schema may be older,
    // where the same name is another column's. Read is the table as it was loaded.
    return new RecordRows(
        IcebergGenerics.read(table()).project(new Schema(fields)).build(),
        fields.stream().map(Types.NestedField::name).toList(),
        Set.of(),
        this::failed);
  }

  private MillraceException failed(String problem) {
    return new MillraceException(
        ErrorCode.LOOKUP_FAILED,
        "cannot load lookup "
            + definition.name()
            + ": table "
            + definition.path()
            + ": "
            + problem
            + ", expected an Iceberg table that each replica can read; correct path or"
            + " lake.properties");
  }
}

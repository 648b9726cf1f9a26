package io.millrace.lake;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.ViewDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.types.Types;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Iceberg catalog with everything the batch layer keeps, for those who write it and those who
 * read it; {@code docs/spec/batch-view.md} has its tables. Needs no Spark. Thread-safe.
 */
public final class Lake implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lake.class);

  /** Name of the catalog in Spark SQL. */
  public static final String CATALOG = "lake";

  public static final String PARTITION = "kafka_partition";
  public static final String OFFSET = "kafka_offset";
  public static final String TIMESTAMP = "kafka_timestamp";

  /** Table property: the installation that made the table. */
  static final String NAMESPACE_PROPERTY = "millrace.namespace";

  /** Table property of a batch view: {@link ViewDefinition#id}. */
  public static final String VIEW_PROPERTY = "millrace.view-id";

  private static final Namespace SOURCES = Namespace.of("sources");
  private static final Namespace REJECTED = Namespace.of("rejected");
  private static final Namespace VIEWS = Namespace.of("views");

  private static final Schema REJECTED_SCHEMA =
      new Schema(
          Types.NestedField.required(1, PARTITION, Types.IntegerType.get()),
          Types.NestedField.required(2, OFFSET, Types.LongType.get()),
          Types.NestedField.optional(3, TIMESTAMP, Types.TimestampType.withZone()),
          Types.NestedField.optional(4, "value", Types.BinaryType.get()),
          Types.NestedField.optional(5, "reason", Types.StringType.get()));

  private final Catalog catalog;
  private final String namespace;

  private Lake(Catalog catalog, String namespace) {
    this.catalog = catalog;
    this.namespace = namespace;
  }

  /**
   * @param hadoop file system settings, as of the Spark session
   */
  public static Lake open(MillraceConfig config, Configuration hadoop) {
    Map<String, String> properties = catalogProperties(config);
    return new Lake(
        CatalogUtil.buildIcebergCatalog(CATALOG, properties, hadoop), config.namespace());
  }

  /**
   * {@code lake.properties}, by default those of a Hadoop catalog in {@code data.dir/lake}; on a
   * local path with a lock that processes of this machine share.
   */
  public static Map<String, String> catalogProperties(MillraceConfig config) {
    Map<String, String> properties = new HashMap<>(config.lake().properties());
    if (!properties.containsKey(CatalogUtil.ICEBERG_CATALOG_TYPE)
        && !properties.containsKey("catalog-impl")) {
      properties.put(CatalogUtil.ICEBERG_CATALOG_TYPE, CatalogUtil.ICEBERG_CATALOG_TYPE_HADOOP);
    }
    properties.putIfAbsent(
        "warehouse", config.dataDir().toAbsolutePath().resolve(CATALOG).toString());
    String warehouse = properties.get("warehouse");
    if (CatalogUtil.ICEBERG_CATALOG_TYPE_HADOOP.equals(
            properties.get(CatalogUtil.ICEBERG_CATALOG_TYPE))
        && !properties.containsKey(CatalogProperties.LOCK_IMPL)
        && !warehouse.contains(":")) {
      properties.put(CatalogProperties.LOCK_IMPL, FileLockManager.class.getName());
      properties.put(FileLockManager.DIRECTORY, warehouse + "-locks");
    }
    return properties;
  }

  /**
   * @param lakeTable {@link io.millrace.control.model.SourceDefinition#lakeTable}
   */
  public static TableIdentifier sourceId(String lakeTable) {
    return TableIdentifier.of(SOURCES, lakeTable);
  }

  /** As {@link #sourceId}. */
  public static TableIdentifier rejectedId(String lakeTable) {
    return TableIdentifier.of(REJECTED, lakeTable);
  }

  public static TableIdentifier viewId(ViewDefinition view) {
    return TableIdentifier.of(VIEWS, view.name() + "_" + view.version());
  }

  /** The table's name in Spark SQL. */
  public static String sparkName(TableIdentifier id) {
    StringBuilder name = new StringBuilder(CATALOG);
    for (String level : id.namespace().levels()) {
      name.append(".`").append(level).append('`');
    }
    return name.append(".`").append(id.name()).append('`').toString();
  }

  public Optional<Table> load(TableIdentifier id) {
    try {
      return Optional.of(catalog.loadTable(id));
    } catch (NoSuchTableException e) {
      return Optional.empty();
    }
  }

  /** The source's lake table, made with this schema if missing. */
  public Table source(String lakeTable, Schema schema) {
    TableIdentifier id = sourceId(lakeTable);
    return load(id).orElseGet(() -> create(id, schema, byPartition(schema), Map.of()));
  }

  /** The source's table of records that could not be decoded, made if missing. */
  public Table rejected(String lakeTable) {
    TableIdentifier id = rejectedId(lakeTable);
    return load(id)
        .orElseGet(() -> create(id, REJECTED_SCHEMA, byPartition(REJECTED_SCHEMA), Map.of()));
  }

  /** The view version's batch view, made if missing. */
  public Table view(ViewDefinition view, Schema schema) {
    TableIdentifier id = viewId(view);
    return load(id)
        .orElseGet(
            () ->
                create(
                    id, schema, PartitionSpec.unpartitioned(), Map.of(VIEW_PROPERTY, view.id())));
  }

  /**
   * The batch view that holds a completed run.
   *
   * @throws MillraceException {@code RUN_FAILED} if the table or the run's snapshot is not there
   */
  public Table batchView(RunRecord run) {
    Table table =
        load(TableIdentifier.parse(run.table()))
            .orElseThrow(() -> unreadable(run, "no such table"));
    if (run.viewSnapshotId().map(table::snapshot).isEmpty()) {
      throw unreadable(run, "no snapshot " + run.viewSnapshotId().orElse(-1L) + " in it");
    }
    return table;
  }

  /** Tables of batch views that this installation made. */
  public List<Table> views() {
    if (catalog instanceof SupportsNamespaces spaces && !spaces.namespaceExists(VIEWS)) {
      return List.of();
    }
    return catalog.listTables(VIEWS).stream()
        .map(this::load)
        .flatMap(Optional::stream)
        .filter(table -> namespace.equals(table.properties().get(NAMESPACE_PROPERTY)))
        .toList();
  }

  /** Every table of these sources and of this installation's views. */
  public List<Table> tables(Collection<String> lakeTables) {
    List<Table> tables = new ArrayList<>(views());
    for (String table : lakeTables) {
      load(sourceId(table)).ifPresent(tables::add);
      load(rejectedId(table)).ifPresent(tables::add);
    }
    return tables;
  }

  public void dropView(Table table) {
    String[] name = table.name().split("\\.");
    catalog.dropTable(TableIdentifier.of(VIEWS, name[name.length - 1]), true);
  }

  @Override
  public void close() {
    if (catalog instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot close the lake's catalog", e);
      } catch (Exception e) {
        throw new IllegalStateException("cannot close the lake's catalog", e);
      }
    }
  }

  private static PartitionSpec byPartition(Schema schema) {
    return PartitionSpec.builderFor(schema).identity(PARTITION).build();
  }

  private Table create(
      TableIdentifier id, Schema schema, PartitionSpec spec, Map<String, String> extra) {
    Map<String, String> properties = new HashMap<>(extra);
    properties.put(NAMESPACE_PROPERTY, namespace);
    properties.put("format-version", "2");
    properties.put("write.parquet.compression-codec", "zstd");
    properties.put("write.parquet.compression-level", "1");
    properties.put("write.metadata.delete-after-commit.enabled", "true");
    properties.put("write.metadata.previous-versions-max", "20");
    properties.put("write.metadata.metrics.default", "truncate(16)");
    makeNamespace(id.namespace());
    try {
      return catalog.createTable(id, schema, spec, properties);
    } catch (AlreadyExistsException e) {
      // Another driver was quicker.
      return load(id).orElseThrow(() -> e);
    }
  }

  private void makeNamespace(Namespace name) {
    if (!(catalog instanceof SupportsNamespaces spaces) || spaces.namespaceExists(name)) {
      return;
    }
    try {
      spaces.createNamespace(name);
    } catch (AlreadyExistsException e) {
      LOG.debug("another driver was quicker with namespace {}", name, e);
    }
  }

  private static MillraceException unreadable(RunRecord run, String found) {
    return new MillraceException(
        ErrorCode.RUN_FAILED,
        "cannot load run "
            + run.runId()
            + " of view "
            + run.view()
            + ": found "
            + found
            + " ("
            + run.table()
            + "), expected the run's rows; check lake.properties, or run `millrace recompute "
            + run.view()
            + "`");
  }
}

package io.millrace.serving.lookup.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.LookupDefinition.Column;
import io.millrace.control.model.LookupDefinition.Format;
import io.millrace.lake.Lake;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.shaded.org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.iceberg.shaded.org.apache.parquet.hadoop.ParquetWriter;
import org.apache.iceberg.shaded.org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.iceberg.shaded.org.apache.parquet.io.LocalOutputFile;
import org.apache.iceberg.shaded.org.apache.parquet.schema.MessageType;
import org.apache.iceberg.shaded.org.apache.parquet.schema.MessageTypeParser;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parquet files and Iceberg tables, each written by a writer that is not ours. */
class TypedLookupTest {
  private static final Schema SCHEMA =
      new Schema(
          NestedField.required(1, "id", Types.LongType.get()),
          NestedField.optional(2, "name", Types.StringType.get()),
          NestedField.optional(3, "price", Types.DecimalType.of(6, 2)),
          NestedField.optional(4, "since", Types.DateType.get()),
          NestedField.optional(5, "at", Types.TimestampType.withZone()),
          NestedField.optional(6, "wall", Types.TimestampType.withoutZone()),
          NestedField.optional(7, "raw", Types.BinaryType.get()),
          NestedField.optional(8, "small", Types.IntegerType.get()),
          NestedField.optional(9, "yes", Types.BooleanType.get()),
          NestedField.optional(10, "ratio", Types.DoubleType.get()),
          NestedField.optional(11, "tag", Types.UUIDType.get()),
          NestedField.optional(12, "tags", Types.ListType.ofOptional(13, Types.StringType.get())));
  private static final List<Column> COLUMNS =
      List.of(
          new Column("id", "BIGINT"),
          new Column("name", "STRING"),
          new Column("price", "DECIMAL(6,2)"),
          new Column("since", "DATE"),
          new Column("at", "TIMESTAMP"),
          new Column("wall", "TIMESTAMP_NTZ"),
          new Column("raw", "BINARY"),
          new Column("small", "INT"),
          new Column("yes", "BOOLEAN"),
          new Column("ratio", "DOUBLE"),
          new Column("tag", "STRING"));
  private static final Instant AT = Instant.parse("2026-01-31T10:00:00.123456Z");
  private static final UUID TAG = UUID.fromString("7b4e0a3c-0000-4000-8000-000000000001");

  @TempDir private Path dir;

  @Test
  void shouldReadEveryTypeOfAParquetFile() throws IOException {
    Path file = dir.resolve("t.parquet");
    write(org.apache.iceberg.Files.localOutput(file.toFile()));
    // What Parquet knows of a UUID is its bytes.
    List<Column> columns = COLUMNS.subList(0, COLUMNS.size() - 1);
    LookupContent content = content(Format.PARQUET, file.toString(), columns);
    assertThat(content.columns().subList(0, columns.size())).isEqualTo(columns);
    checkRows(content, columns.size());
  }

  @Test
  void shouldReadAParquetFileWithoutFieldIds() throws IOException {
    MessageType type =
        MessageTypeParser.parseMessageType(
            "message t { required int32 id; optional binary name (STRING);"
                + " optional int64 at (TIMESTAMP(MILLIS,true)); }");
    Path file = dir.resolve("t.parquet");
    try (ParquetWriter<org.apache.iceberg.shaded.org.apache.parquet.example.data.Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file)).withType(type).build()) {
      SimpleGroup full = new SimpleGroup(type);
      full.append("id", 7).append("name", "seven").append("at", AT.toEpochMilli());
      writer.write(full);
      SimpleGroup rest = new SimpleGroup(type);
      rest.append("id", 8);
      writer.write(rest);
    }
    List<Column> columns =
        List.of(
            new Column("NAME", "STRING"), new Column("id", "INT"), new Column("at", "TIMESTAMP"));
    assertThat(rows(content(Format.PARQUET, file.toString(), columns)))
        .containsExactly(
            List.of("seven", 7, Instant.ofEpochMilli(AT.toEpochMilli())),
            Arrays.asList(null, 8, null));
  }

  @Test
  void shouldReadNumbersWithoutASignAsTheyAre() throws IOException {
    Path file =
        write("message t { required int32 id (INTEGER(32,false)); optional int32 s; }", -2, -2);
    LookupContent content =
        content(
            Format.PARQUET,
            file.toString(),
            List.of(new Column("id", "BIGINT"), new Column("s", "INT")));
    assertThat(rows(content)).containsExactly(List.of(4294967294L, -2));
  }

  @Test
  void shouldReadColumnsOfTheRowAloneByNamesThatAreOnes() throws IOException {
    Path nested =
        write(
            "message t { required int32 id; optional int32 b; optional group s { optional int32 b; } }",
            7,
            5);
    assertThatThrownBy(
            () ->
                content(Format.PARQUET, nested.toString(), List.of(new Column("s.b", "INT")))
                    .rows())
        .hasMessageContaining("found columns [id, b, s], expected one named s.b");
    Path twins = write("message t { required int32 b; optional int32 B; }", 7, 5);
    assertThatThrownBy(
            () -> content(Format.PARQUET, twins.toString(), List.of(new Column("b", "INT"))).rows())
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("found columns [b, B], expected one named b, whatever its case");
  }

  /** One row; its first fields are these numbers. */
  private Path write(String message, int... numbers) throws IOException {
    MessageType type = MessageTypeParser.parseMessageType(message);
    Path file = dir.resolve(System.nanoTime() + ".parquet");
    try (ParquetWriter<org.apache.iceberg.shaded.org.apache.parquet.example.data.Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file)).withType(type).build()) {
      SimpleGroup row = new SimpleGroup(type);
      for (int i = 0; i < numbers.length; i++) {
        row.add(i, numbers[i]);
      }
      writer.write(row);
    }
    return file;
  }

  @Test
  void shouldRefuseAParquetFileThatIsNoneOrHasOtherColumns() throws IOException {
    Path file = dir.resolve("t.parquet");
    Files.writeString(file, "no parquet");
    assertThatThrownBy(() -> content(Format.PARQUET, file.toString(), COLUMNS).rows())
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith(
            "cannot load lookup t: t.parquet: found no Parquet that can be read");
    Files.delete(file);
    write(org.apache.iceberg.Files.localOutput(file.toFile()));
    assertThatThrownBy(
            () ->
                content(Format.PARQUET, file.toString(), List.of(new Column("nme", "STRING")))
                    .rows())
        .hasMessageContaining("expected one named nme");
    assertThatThrownBy(
            () -> content(Format.PARQUET, file.toString(), List.of(new Column("id", "INT"))).rows())
        .hasMessageContaining("found column id of type BIGINT, expected INT as it was applied");
  }

  @Test
  void shouldReadOneSnapshotOfAnIcebergTableAtAPath() throws IOException {
    String path = dir.resolve("table").toString();
    Table table =
        new HadoopTables(new Configuration()).create(SCHEMA, PartitionSpec.unpartitioned(), path);
    assertThatThrownBy(() -> content(Format.ICEBERG, path, COLUMNS).id())
        .hasMessageContaining("found a table that was never written");
    append(table, "a");
    LookupContent content = content(Format.ICEBERG, path, COLUMNS);
    String first = content.id();
    append(table, "b");
    assertThat(content.id()).as("held still").isEqualTo(first);
    checkRows(content, COLUMNS.size());
    assertThat(content(Format.ICEBERG, path, COLUMNS).id()).isNotEqualTo(first);
    assertThat(rows(content(Format.ICEBERG, path, COLUMNS))).hasSize(4);
  }

  @Test
  void shouldReadTheColumnsThatAnIcebergTableHasNow() throws IOException {
    String path = dir.resolve("table").toString();
    Table table =
        new HadoopTables(new Configuration()).create(SCHEMA, PartitionSpec.unpartitioned(), path);
    append(table, "a");
    String first = content(Format.ICEBERG, path, COLUMNS).id();
    // None of these makes a snapshot.
    table.updateSchema().renameColumn("name", "title").commit();
    table.updateSchema().renameColumn("small", "name").commit();
    table.updateSchema().addColumn("small", Types.IntegerType.get()).commit();
    LookupContent now =
        content(
            Format.ICEBERG,
            path,
            List.of(
                new Column("id", "BIGINT"),
                new Column("title", "STRING"),
                new Column("name", "INT"),
                new Column("small", "INT")));
    assertThat(rows(now).get(0)).isEqualTo(Arrays.asList(7L, "seven", 3, null));
    assertThat(now.id()).isNotEqualTo(first);
  }

  @Test
  void shouldReadATableOfTheLakesCatalog() throws IOException {
    MillraceConfig config =
        MillraceConfig.load(Optional.empty(), Map.of(), Map.of("data.dir", dir.toString()));
    Catalog catalog =
        CatalogUtil.buildIcebergCatalog(
            Lake.CATALOG, Lake.catalogProperties(config), new Configuration());
    ((SupportsNamespaces) catalog).createNamespace(org.apache.iceberg.catalog.Namespace.of("shop"));
    append(catalog.createTable(TableIdentifier.of("shop", "products"), SCHEMA), "a");
    try (Lake lake = Lake.open(config, new Configuration())) {
      LookupContents contents = new LookupContents(() -> lake);
      checkRows(contents.of(definition(Format.ICEBERG, "shop.products", COLUMNS)), COLUMNS.size());
      assertThatThrownBy(
              () -> contents.of(definition(Format.ICEBERG, "shop.product", COLUMNS)).id())
          .hasMessageStartingWith("cannot load lookup t: table shop.product: found no such table");
    }
  }

  private void append(Table table, String name) throws IOException {
    Path file = dir.resolve(name + "-" + System.nanoTime() + ".parquet");
    DataWriter<Record> writer = write(org.apache.iceberg.Files.localOutput(file.toFile()));
    table.newAppend().appendFile(writer.toDataFile()).commit();
  }

  private static DataWriter<Record> write(OutputFile file) throws IOException {
    DataWriter<Record> writer =
        Parquet.writeData(file)
            .schema(SCHEMA)
            .withSpec(PartitionSpec.unpartitioned())
            .createWriterFunc(GenericParquetWriter::create)
            .build();
    try (writer) {
      GenericRecord full = GenericRecord.create(SCHEMA);
      full.setField("id", 7L);
      full.setField("name", "seven");
      full.setField("price", new BigDecimal("12.50"));
      full.setField("since", LocalDate.of(2026, 1, 31));
      full.setField("at", AT.atOffset(ZoneOffset.UTC));
      full.setField("wall", LocalDateTime.of(2026, 1, 31, 10, 0));
      full.setField("raw", ByteBuffer.wrap(new byte[] {1, 2}));
      full.setField("small", 3);
      full.setField("yes", true);
      full.setField("ratio", 0.5);
      full.setField("tag", TAG);
      writer.write(full);
      GenericRecord empty = GenericRecord.create(SCHEMA);
      empty.setField("id", 8L);
      writer.write(empty);
    }
    return writer;
  }

  private static void checkRows(LookupContent content, int columns) {
    List<List<Object>> rows = rows(content);
    assertThat(rows).hasSize(2);
    List<Object> full = new ArrayList<>(rows.get(0));
    assertThat((byte[]) full.set(6, null)).containsExactly(1, 2);
    assertThat(full)
        .isEqualTo(
            Arrays.asList(
                    7L,
                    "seven",
                    new BigDecimal("12.50"),
                    LocalDate.of(2026, 1, 31),
                    AT,
                    LocalDateTime.of(2026, 1, 31, 10, 0),
                    null,
                    3,
                    true,
                    0.5,
                    TAG.toString())
                .subList(0, columns));
    assertThat(rows.get(1).get(0)).isEqualTo(8L);
    assertThat(rows.get(1).subList(1, columns)).containsOnlyNulls();
  }

  private static List<List<Object>> rows(LookupContent content) {
    List<List<Object>> rows = new ArrayList<>();
    try (LookupRows each = content.rows()) {
      while (each.next()) {
        rows.add(each.values());
      }
    }
    return rows;
  }

  private static LookupContent content(Format format, String path, List<Column> columns) {
    return new LookupContents(
            () -> {
              throw new AssertionError("a path is in no catalog");
            })
        .of(definition(format, path, columns));
  }

  private static LookupDefinition definition(Format format, String path, List<Column> columns) {
    return new LookupDefinition(
        "t", "v", format, path, List.of("id"), columns, Duration.ofMinutes(1), Map.of(), List.of());
  }
}

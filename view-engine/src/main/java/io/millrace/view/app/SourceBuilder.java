package io.millrace.view.app;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.schemas.WireFormat;
import io.millrace.view.internal.avro.ColumnChanges;
import io.millrace.view.internal.avro.Compatibility;
import io.millrace.view.internal.avro.SchemaText;
import io.millrace.view.internal.avro.read.AvroTypes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.avro.Schema;

/** Makes a source of its statement, the schema files and what was applied before. */
final class SourceBuilder {
  private static final int VERSION_BYTES = 8;

  private final TableStatement table;
  private final SqlStatement.Place place;
  private final Problems found;
  private final Map<Long, String> writers = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  private SourceBuilder(TableStatement table, Problems found) {
    this.table = table;
    this.place = table.statement().find(table.name());
    this.found = found;
  }

  /**
   * The source, with problems too, so that views over it can be checked all the same.
   *
   * @param applied the source of this name as it is applied now, or null
   * @param found where problems go
   * @throws MillraceException if there is no schema, or one that has no columns
   */
  static SourceDefinition build(
      TableStatement table, SchemaFiles files, SourceDefinition applied, Problems found) {
    return new SourceBuilder(table, found).build(files, applied);
  }

  private SourceDefinition build(SchemaFiles files, SourceDefinition applied) {
    Schema reader = files.schema(table.schema(), table.statement().find(table.schema()));
    try {
      AvroTypes.rowType(reader);
    } catch (MillraceException e) {
      throw table
          .statement()
          .find(table.schema())
          .error(e.code(), table.schema() + ": " + e.getMessage());
    }
    addWriter(reader, reader, table.schema());
    files.versions(reader.getFullName()).forEach((file, schema) -> addWriter(schema, reader, file));
    if (applied != null) {
      found.attempt(() -> checkApplied(applied, reader));
    }
    if (!problems.isEmpty()) {
      found.add(
          place.error(
              ErrorCode.SCHEMA_INCOMPATIBLE,
              "cannot apply table " + table.name() + ": " + String.join("; ", problems)));
    }
    List<String> writerSchemas = List.copyOf(writers.values());
    String lakeTable = applied == null ? table.name() : applied.lakeTable();
    return new SourceDefinition(
        table.name(),
        version(reader, writerSchemas, lakeTable),
        table.topic(),
        table.format(),
        reader.toString(),
        writerSchemas,
        table.registryUrl(),
        table.options(),
        Optional.ofNullable(applied).flatMap(SourceDefinition::topicId),
        lakeTable);
  }

  private void checkApplied(SourceDefinition applied, Schema reader) {
    if (!applied.topic().equals(table.topic())) {
      throw table
          .statement()
          .find(table.topic())
          .error(
              ErrorCode.INVALID_SQL,
              "cannot apply table "
                  + table.name()
                  + ": found topic "
                  + table.topic()
                  + ", expected "
                  + applied.topic()
                  + ", as the lake holds offsets of that topic; declare a new table under another"
                  + " name");
    }
    Schema before = new Schema.Parser().parse(applied.readerSchema());
    problems.addAll(ColumnChanges.problems(before, reader, table.format()));
    for (String writer : applied.writerSchemas()) {
      addWriter(new Schema.Parser().parse(writer), reader, "a schema applied before");
    }
  }

  private void addWriter(Schema writer, Schema reader, String origin) {
    String text = SchemaText.asWriter(writer);
    String same = writers.putIfAbsent(WireFormat.fingerprint(writer), text);
    if (same != null) {
      if (!same.equals(text)) {
        problems.add(
            "found logical types in "
                + origin
                + " that differ from another schema of the same fingerprint, expected the same, as"
                + " records do not say which of the two they mean; change a name or add a field");
      }
      return;
    }
    for (String problem : Compatibility.problems(writer, reader, table.format())) {
      String text2 = problem + " (in " + origin + ")";
      if (!problems.contains(text2)) {
        problems.add(text2);
      }
    }
  }

  private String version(Schema reader, List<String> writerSchemas, String lakeTable) {
    StringBuilder text = new StringBuilder("source 1\n");
    text.append(table.topic()).append('\n').append(table.format()).append('\n');
    text.append(table.registryUrl().orElse("")).append('\n');
    text.append(SchemaText.asReader(reader)).append('\n');
    writerSchemas.forEach(writer -> text.append(writer).append('\n'));
    if (!lakeTable.equals(table.name())) {
      text.append("new beginning ").append(lakeTable).append('\n');
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, VERSION_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

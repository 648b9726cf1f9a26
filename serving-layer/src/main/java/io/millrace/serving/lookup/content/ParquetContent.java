package io.millrace.serving.lookup.content;

import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.LookupDefinition.Column;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.iceberg.Files;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.mapping.MappingUtil;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.parquet.ParquetSchemaUtil;
import org.apache.iceberg.shaded.org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.iceberg.shaded.org.apache.parquet.io.LocalInputFile;
import org.apache.iceberg.shaded.org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.iceberg.shaded.org.apache.parquet.schema.MessageType;
import org.apache.iceberg.shaded.org.apache.parquet.schema.Type;
import org.apache.iceberg.types.Types;

/** A Parquet file, whoever wrote it, by Iceberg's readers. */
final class ParquetContent implements LookupContent {
  private final LookupDefinition definition;
  private final LookupFile file;

  ParquetContent(LookupDefinition definition) {
    this.definition = definition;
    this.file = new LookupFile(definition);
  }

  @Override
  public String stamp() {
    return file.stamp();
  }

  @Override
  public String id() {
    return file.id();
  }

  @Override
  public List<Column> columns() {
    return IcebergTypes.columns(ParquetSchemaUtil.convert(type()));
  }

  private MessageType type() {
    file.stamp();
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file.path()))) {
      MessageType type = reader.getFileMetaData().getSchema();
      // Throws where a type has no counterpart.
      ParquetSchemaUtil.convert(type);
      return type;
    } catch (IOException e) {
      throw file.unreadable(e);
    } catch (RuntimeException e) {
      // Of the reader, which has an error of its own for each damage there is.
      throw failed("found no Parquet that can be read (" + e.getMessage() + ")");
    }
  }

  @Override
  public LookupRows rows() {
    MessageType type = type();
    Schema schema = ParquetSchemaUtil.convert(type);
    List<Types.NestedField> fields =
        IcebergTypes.fields(schema, definition.columns(), this::failed);
    Schema wanted = new Schema(fields);
    CloseableIterable<Record> records =
        Parquet.read(Files.localInput(file.path().toFile()))
            .project(wanted)
            .withNameMapping(MappingUtil.create(schema))
            .createReaderFunc(found -> GenericParquetReaders.buildReader(wanted, found))
            .build();
    return new RecordRows(
        records,
        fields.stream().map(Types.NestedField::name).toList(),
        type.getFields().stream()
            .filter(ParquetContent::isUnsigned)
            .map(Type::getName)
            .collect(Collectors.toSet()),
        this::failed);
  }

  /** Of 32 bits, which the readers take for a number with a sign. */
  private static boolean isUnsigned(Type field) {
    return field.getLogicalTypeAnnotation() instanceof IntLogicalTypeAnnotation number
        && number.getBitWidth() == Integer.SIZE
        && !number.isSigned();
  }

  private MillraceException failed(String problem) {
    return file.failed(file.path().getFileName() + ": " + problem, null);
  }
}

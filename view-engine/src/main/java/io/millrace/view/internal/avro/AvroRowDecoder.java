package io.millrace.view.internal.avro;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.schemas.WireFormat;
import io.millrace.view.RejectedRecordException;
import io.millrace.view.internal.avro.read.AvroInput;
import io.millrace.view.internal.avro.read.AvroTypes;
import io.millrace.view.internal.avro.read.CompoundReaders;
import io.millrace.view.internal.avro.read.ValueReader;
import org.apache.avro.Schema;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.types.StructType;

/**
 * Decodes the values of one source into Catalyst rows, with no object of Avro's in between: for
 * each writer schema a tree of {@link ValueReader}s is made once.
 *
 * <p>Not thread-safe: one per thread.
 */
public final class AvroRowDecoder {
  private final ValueFormat format;
  private final Writers writers;
  private final int fields;
  private final InternalRow row;
  private final AvroInput in = new AvroInput();

  /**
   * @throws io.millrace.control.error.MillraceException if the source's schemas cannot be used
   */
  public AvroRowDecoder(SourceDefinition source) {
    Schema reader = SourceSchemas.reader(source);
    StructType type = AvroTypes.rowType(reader);
    format = source.format();
    fields = reader.getFields().size();
    row = new SpecificInternalRow(type);
    writers =
        switch (format) {
          case SINGLE_OBJECT -> new Writers.Known(reader, SourceSchemas.writers(source));
          case REGISTRY ->
              new Writers.Registered(reader, RegistryClient.of(source.registryUrl().orElseThrow()));
        };
  }

  /**
   * As {@link io.millrace.view.RecordDecoder#decode}.
   *
   * @return the one row of this decoder, which shares bytes with {@code value}
   */
  public InternalRow decode(byte[] value, int partition, long offset, long timestampMs)
      throws RejectedRecordException {
    if (value == null) {
      throw new RejectedRecordException("found no value, expected a record");
    }
    CompoundReaders.Fields reader;
    if (format == ValueFormat.SINGLE_OBJECT) {
      if (!WireFormat.isSingleObject(value)) {
        throw header(value, "C3 01 and a fingerprint of 8 bytes");
      }
      reader = writers.reader(WireFormat.singleObjectFingerprint(value));
      in.reset(value, WireFormat.SINGLE_OBJECT_HEADER);
    } else {
      if (!WireFormat.isRegistry(value)) {
        throw header(value, "00 and a schema id of 4 bytes");
      }
      reader = writers.reader(WireFormat.registryId(value));
      in.reset(value, WireFormat.REGISTRY_HEADER);
    }
    reader.fill(in, row);
    int left = in.remaining();
    if (left > 0) {
      throw new RejectedRecordException(
          "found "
              + left
              + (left == 1 ? " byte" : " bytes")
              + " left after the record, expected none");
    }
    row.setInt(fields, partition);
    row.setLong(fields + 1, offset);
    row.setLong(fields + 2, timestampMs * 1000);
    return row;
  }

  private static RejectedRecordException header(byte[] value, String expected) {
    StringBuilder start = new StringBuilder();
    for (int i = 0; i < Math.min(value.length, WireFormat.SINGLE_OBJECT_HEADER); i++) {
      start.append(String.format(" %02X", value[i]));
    }
    return new RejectedRecordException(
        value.length == 0
            ? "found an empty value, expected one that starts with " + expected
            : "found a value that starts with" + start + ", expected " + expected);
  }
}

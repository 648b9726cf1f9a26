package io.millrace.view.compile;

import io.millrace.control.model.SourceDefinition;
import io.millrace.view.RecordDecoder;
import io.millrace.view.RejectedRecordException;
import io.millrace.view.SourceRow;
import io.millrace.view.internal.avro.AvroRowDecoder;
import org.apache.spark.sql.catalyst.InternalRow;

/** {@link RecordDecoder} over {@link AvroRowDecoder}: its one row, handed out as what it is. */
final class AvroRecordDecoder implements RecordDecoder {
  private final AvroRowDecoder decoder;
  private InternalRow last;
  private SourceRow row;

  AvroRecordDecoder(SourceDefinition source) {
    decoder = new AvroRowDecoder(source);
  }

  @Override
  public SourceRow decode(byte[] value, int partition, long offset, long timestampMs)
      throws RejectedRecordException {
    InternalRow decoded = decoder.decode(value, partition, offset, timestampMs);
    if (decoded != last) {
      last = decoded;
      row = new SourceRow(decoded);
    }
    return row;
  }
}

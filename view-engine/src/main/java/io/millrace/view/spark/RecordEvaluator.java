package io.millrace.view.spark;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ValueFormat;
import io.millrace.view.RejectedRecordException;
import io.millrace.view.internal.avro.AvroRowDecoder;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The decoder as something a Spark plan can call: it travels as the source's definition, and each
 * task that calls it makes its decoder then. Public as generated code calls it.
 *
 * <p>Not thread-safe: each task has its own copy.
 */
public final class RecordEvaluator implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final String version;
  private final String topic;
  private final ValueFormat format;
  private final String readerSchema;
  private final ArrayList<String> writerSchemas;
  private final String registryUrl;
  private final HashMap<String, String> options;

  private transient AvroRowDecoder decoder;
  private transient GenericInternalRow result;

  RecordEvaluator(SourceDefinition source) {
    name = source.name();
    version = source.version();
    topic = source.topic();
    format = source.format();
    readerSchema = source.readerSchema();
    writerSchemas = new ArrayList<>(source.writerSchemas());
    registryUrl = source.registryUrl().orElse(null);
    options = new HashMap<>(source.options());
  }

  private SourceDefinition source() {
    return new SourceDefinition(
        name,
        version,
        topic,
        format,
        readerSchema,
        List.copyOf(writerSchemas),
        Optional.ofNullable(registryUrl),
        Map.copyOf(options));
  }

  /**
   * @param timestamp of the record, microseconds
   * @return a struct of the row, or NULL, and the reason of its rejection, or NULL; valid until the
   *     next call
   */
  public InternalRow decode(byte[] value, int partition, long offset, long timestamp) {
    if (decoder == null) {
      decoder = new AvroRowDecoder(source());
      result = new GenericInternalRow(new Object[2]);
    }
    try {
      result.update(0, decoder.decode(value, partition, offset, Math.floorDiv(timestamp, 1000L)));
      result.update(1, null);
    } catch (RejectedRecordException e) {
      result.update(0, null);
      result.update(1, UTF8String.fromString(e.getMessage()));
    }
    return result;
  }

  @Override
  public String toString() {
    return "decoder of " + name;
  }
}

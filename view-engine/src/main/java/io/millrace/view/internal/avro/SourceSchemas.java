package io.millrace.view.internal.avro;

import io.millrace.control.ErrorCode;
import io.millrace.control.MillraceException;
import io.millrace.control.SourceDefinition;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.spark.sql.types.StructType;

/** The parsed schemas of a source. */
public final class SourceSchemas {
  private SourceSchemas() {}

  /** The columns of the source's rows: fields of its reader schema, then those of Kafka. */
  public static StructType rowType(SourceDefinition source) {
    return AvroTypes.rowType(reader(source));
  }

  static Schema reader(SourceDefinition source) {
    return parse(source.readerSchema(), source.name());
  }

  /** Writer schemas by fingerprint. */
  static Map<Long, Schema> writers(SourceDefinition source) {
    Map<Long, Schema> writers = new HashMap<>();
    for (String json : source.writerSchemas()) {
      Schema writer = parse(json, source.name());
      writers.put(SchemaNormalization.parsingFingerprint64(writer), writer);
    }
    return writers;
  }

  private static Schema parse(String json, String source) {
    try {
      return new Schema.Parser().parse(json);
    } catch (AvroRuntimeException e) {
      throw new MillraceException(
          ErrorCode.SCHEMA_INVALID,
          "cannot use source " + source + ": found an invalid schema, " + e.getMessage(),
          e);
    }
  }
}

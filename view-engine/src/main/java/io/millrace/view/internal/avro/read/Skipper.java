package io.millrace.view.internal.avro.read;

import io.millrace.view.RejectedRecordException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/** Moves past a value that the reader does not want. */
@FunctionalInterface
interface Skipper {
  void skip(AvroInput in) throws RejectedRecordException;

  static Skipper of(Schema written) {
    return of(written, new HashMap<>());
  }

  /**
   * @param records skippers of the records met so far, by full name, for schemas that contain
   *     themselves
   */
  private static Skipper of(Schema written, Map<String, Skipper> records) {
    return switch (written.getType()) {
      case NULL -> in -> {};
      case BOOLEAN -> AvroInput::readBoolean;
      case INT -> AvroInput::readInt;
      case LONG -> AvroInput::readLong;
      case FLOAT -> in -> in.take(4, "a float");
      case DOUBLE -> in -> in.take(8, "a double");
      case STRING -> in -> in.take(in.readLength("a string"), "a string");
      case BYTES -> in -> in.take(in.readLength("bytes"), "bytes");
      case FIXED -> in -> in.take(written.getFixedSize(), "a fixed value");
      case ENUM -> in -> in.readOrdinal(written.getEnumSymbols().size(), "symbol");
      case ARRAY -> blocks(of(written.getElementType(), records), size(written), "an array");
      case MAP -> {
        Skipper value = of(written.getValueType(), records);
        yield blocks(
            in -> {
              in.take(in.readLength("a string"), "a string");
              value.skip(in);
            },
            size(written),
            "a map");
      }
      case UNION -> {
        List<Skipper> branches = written.getTypes().stream().map(t -> of(t, records)).toList();
        yield in -> branches.get(in.readOrdinal(branches.size(), "union branch")).skip(in);
      }
      case RECORD -> record(written, records);
    };
  }

  private static int size(Schema container) {
    return container.getType() == Schema.Type.ARRAY
        ? MinimalSize.of(container.getElementType())
        : 1 + MinimalSize.of(container.getValueType());
  }

  private static Skipper blocks(Skipper element, int minBytes, String what) {
    return in -> {
      for (int count = in.readBlock(minBytes, what);
          count > 0;
          count = in.readBlock(minBytes, what)) {
        for (int i = 0; i < count; i++) {
          element.skip(in);
        }
      }
    };
  }

  private static Skipper record(Schema written, Map<String, Skipper> records) {
    Skipper known = records.get(written.getFullName());
    if (known != null) {
      return known;
    }
    Skipper[] fields = new Skipper[written.getFields().size()];
    Skipper record =
        in -> {
          in.enter();
          for (Skipper field : fields) {
            field.skip(in);
          }
          in.leave();
        };
    records.put(written.getFullName(), record);
    for (int i = 0; i < fields.length; i++) {
      fields[i] = of(written.getFields().get(i).schema(), records);
    }
    return record;
  }
}

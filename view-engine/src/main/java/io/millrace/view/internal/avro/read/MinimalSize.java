package io.millrace.view.internal.avro.read;

import java.util.HashSet;
import java.util.Set;
import org.apache.avro.Schema;

/** The least number of bytes a value of a schema is written with. */
final class MinimalSize {
  private MinimalSize() {}

  static int of(Schema written) {
    return of(written, new HashSet<>());
  }

  private static int of(Schema written, Set<String> open) {
    return switch (written.getType()) {
      case NULL -> 0;
      case FLOAT -> 4;
      case DOUBLE -> 8;
      case FIXED -> written.getFixedSize();
      case RECORD -> {
        if (!open.add(written.getFullName())) {
          yield 0;
        }
        long sum = 0;
        for (Schema.Field field : written.getFields()) {
          sum += of(field.schema(), open);
        }
        open.remove(written.getFullName());
        yield (int) Math.min(sum, Integer.MAX_VALUE / 2);
      }
      default -> 1;
    };
  }
}

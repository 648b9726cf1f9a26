package io.millrace.view.internal.avro.read;

import io.millrace.view.RejectedRecordException;
import java.util.Arrays;
import java.util.UUID;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.types.UTF8String;

/** Readers of values that have no parts. */
final class PrimitiveReaders {
  private PrimitiveReaders() {}

  static final ValueReader NULL =
      new ValueReader() {
        @Override
        Object read(AvroInput in) {
          return null;
        }
      };

  static final ValueReader BOOLEAN =
      new ValueReader() {
        @Override
        Object read(AvroInput in) throws RejectedRecordException {
          return in.readBoolean();
        }

        @Override
        void readInto(AvroInput in, InternalRow row, int i) throws RejectedRecordException {
          row.setBoolean(i, in.readBoolean());
        }
      };

  static final ValueReader INT =
      new ValueReader() {
        @Override
        Object read(AvroInput in) throws RejectedRecordException {
          return in.readInt();
        }

        @Override
        void readInto(AvroInput in, InternalRow row, int i) throws RejectedRecordException {
          row.setInt(i, in.readInt());
        }
      };

  static final ValueReader FLOAT =
      new ValueReader() {
        @Override
        Object read(AvroInput in) throws RejectedRecordException {
          return in.readFloat();
        }

        @Override
        void readInto(AvroInput in, InternalRow row, int i) throws RejectedRecordException {
          row.setFloat(i, in.readFloat());
        }
      };

  static final ValueReader DOUBLE =
      new ValueReader() {
        @Override
        Object read(AvroInput in) throws RejectedRecordException {
          return in.readDouble();
        }

        @Override
        void readInto(AvroInput in, InternalRow row, int i) throws RejectedRecordException {
          row.setDouble(i, in.readDouble());
        }
      };

  static final ValueReader LONG = new LongReader(1, false);

  /** A long written as an int. */
  static final ValueReader INT_AS_LONG = new LongReader(1, true);

  /** Text, sharing the input's bytes. */
  static final ValueReader STRING =
      new ValueReader() {
        @Override
        Object read(AvroInput in) throws RejectedRecordException {
          int length = in.readLength("a string");
          int start = in.take(length, "a string");
          int bad = Utf8Check.firstInvalid(in.bytes(), start, length);
          if (bad >= 0) {
            throw in.rejected("text that is not UTF-8 at its byte " + bad, "UTF-8");
          }
          return UTF8String.fromBytes(in.bytes(), start, length);
        }
      };

  static final ValueReader BYTES =
      new ValueReader() {
        @Override
        Object read(AvroInput in) throws RejectedRecordException {
          int length = in.readLength("bytes");
          int start = in.take(length, "bytes");
          return Arrays.copyOfRange(in.bytes(), start, start + length);
        }
      };

  static ValueReader fixed(int size) {
    return new ValueReader() {
      @Override
      Object read(AvroInput in) throws RejectedRecordException {
        int start = in.take(size, "a fixed value");
        return Arrays.copyOfRange(in.bytes(), start, start + size);
      }
    };
  }

  /** A UUID of 16 bytes, as its usual text. */
  static final ValueReader UUID_BYTES =
      new ValueReader() {
        @Override
        Object read(AvroInput in) throws RejectedRecordException {
          int start = in.take(16, "a UUID");
          java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(in.bytes(), start, 16);
          return UTF8String.fromString(new UUID(buffer.getLong(), buffer.getLong()).toString());
        }
      };

  /** Milliseconds (or a coarser unit) as microseconds. */
  static ValueReader scaled(long factor, boolean writtenAsInt) {
    return new LongReader(factor, writtenAsInt);
  }

  /** Values written as another number type, which widens. */
  static ValueReader asFloat(ValueReader number) {
    return new ValueReader() {
      @Override
      Object read(AvroInput in) throws RejectedRecordException {
        return ((Number) number.read(in)).floatValue();
      }
    };
  }

  /** As {@link #asFloat}. */
  static ValueReader asDouble(ValueReader number) {
    return new ValueReader() {
      @Override
      Object read(AvroInput in) throws RejectedRecordException {
        return ((Number) number.read(in)).doubleValue();
      }
    };
  }

  private static final class LongReader extends ValueReader {
    private final long factor;
    private final boolean writtenAsInt;

    LongReader(long factor, boolean writtenAsInt) {
      this.factor = factor;
      this.writtenAsInt = writtenAsInt;
    }

    @Override
    Object read(AvroInput in) throws RejectedRecordException {
      return value(in);
    }

    @Override
    void readInto(AvroInput in, InternalRow row, int i) throws RejectedRecordException {
      row.setLong(i, value(in));
    }

    private long value(AvroInput in) throws RejectedRecordException {
      long value = writtenAsInt ? in.readInt() : in.readLong();
      if (factor == 1) {
        return value;
      }
      long scaled = value * factor;
      if (scaled / factor != value) {
        throw in.rejected("time " + value, "one within 64 bits of microseconds");
      }
      return scaled;
    }
  }
}

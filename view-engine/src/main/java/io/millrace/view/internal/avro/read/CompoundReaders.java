package io.millrace.view.internal.avro.read;

import io.millrace.view.RejectedRecordException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayBasedMapData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;

/** Readers of values that have parts. */
public final class CompoundReaders {
  private CompoundReaders() {}

  /** Reads nothing: the value a schema gives to a field that the writer does not have. */
  static final class Constant extends ValueReader {
    private final Object value;

    Constant(Object value) {
      this.value = value;
    }

    @Override
    public Object read(AvroInput in) {
      return value;
    }
  }

  /** A value that this writer may write and this reader cannot hold. */
  static final class Unreadable extends ValueReader {
    private final String reason;

    Unreadable(String reason) {
      this.reason = reason;
    }

    @Override
    public Object read(AvroInput in) throws RejectedRecordException {
      throw new RejectedRecordException(reason);
    }
  }

  static final class Enum extends ValueReader {
    private final Object[] symbols;
    private final String[] missing;

    /**
     * @param symbols the reader's text of each of the writer's symbols; null where it has none
     * @param missing the writer's symbols
     */
    Enum(Object[] symbols, String[] missing) {
      this.symbols = symbols;
      this.missing = missing;
    }

    @Override
    public Object read(AvroInput in) throws RejectedRecordException {
      int ordinal = in.readOrdinal(symbols.length, "symbol");
      Object symbol = symbols[ordinal];
      if (symbol == null) {
        throw in.rejected("symbol " + missing[ordinal], "one that the reader schema has");
      }
      return symbol;
    }
  }

  static final class Union extends ValueReader {
    private final ValueReader[] branches;

    Union(ValueReader[] branches) {
      this.branches = branches;
    }

    @Override
    public Object read(AvroInput in) throws RejectedRecordException {
      return branches[in.readOrdinal(branches.length, "union branch")].read(in);
    }

    @Override
    void readInto(AvroInput in, InternalRow row, int i) throws RejectedRecordException {
      branches[in.readOrdinal(branches.length, "union branch")].readInto(in, row, i);
    }
  }

  /** One branch of a union that Spark holds as a struct of all of them. */
  static final class Member extends ValueReader {
    private final ValueReader value;
    private final int ordinal;
    private final int size;

    Member(ValueReader value, int ordinal, int size) {
      this.value = value;
      this.ordinal = ordinal;
      this.size = size;
    }

    @Override
    public Object read(AvroInput in) throws RejectedRecordException {
      Object[] members = new Object[size];
      members[ordinal] = value.read(in);
      return new GenericInternalRow(members);
    }
  }

  static final class Array extends ValueReader {
    private final ValueReader element;
    private final int minBytes;

    Array(ValueReader element, int minBytes) {
      this.element = element;
      this.minBytes = minBytes;
    }

    @Override
    public Object read(AvroInput in) throws RejectedRecordException {
      int count = in.readBlock(minBytes, "an array");
      Object[] values = new Object[count];
      int size = 0;
      while (count > 0) {
        if (values.length < size + count) {
          values = Arrays.copyOf(values, Math.max(size + count, size * 2));
        }
        for (int i = 0; i < count; i++) {
          values[size++] = element.read(in);
        }
        count = in.readBlock(minBytes, "an array");
      }
      return new GenericArrayData(size == values.length ? values : Arrays.copyOf(values, size));
    }
  }

  /** A map; of entries with an equal key the last one counts, in the place of the first. */
  static final class MapOf extends ValueReader {
    private static final int SCAN_LIMIT = 8;

    private final ValueReader value;
    private final int minBytes;

    MapOf(ValueReader value, int minBytes) {
      this.value = value;
      this.minBytes = minBytes + 1;
    }

    @Override
    public Object read(AvroInput in) throws RejectedRecordException {
      int count = in.readBlock(minBytes, "a map");
      Object[] keys = new Object[count];
      Object[] values = new Object[count];
      int size = 0;
      Map<Object, Integer> seen = null;
      while (count > 0) {
        if (keys.length < size + count) {
          int capacity = Math.max(size + count, size * 2);
          keys = Arrays.copyOf(keys, capacity);
          values = Arrays.copyOf(values, capacity);
        }
        for (int i = 0; i < count; i++) {
          Object key = PrimitiveReaders.STRING.read(in);
          if (size == SCAN_LIMIT && seen == null) {
            seen = new HashMap<>();
            for (int k = 0; k < size; k++) {
              seen.put(keys[k], k);
            }
          }
          int at = seen == null ? indexOf(keys, size, key) : seen.getOrDefault(key, -1);
          if (at < 0) {
            at = size++;
            keys[at] = key;
            if (seen != null) {
              seen.put(key, at);
            }
          }
          values[at] = value.read(in);
        }
        count = in.readBlock(minBytes, "a map");
      }
      return new ArrayBasedMapData(
          new GenericArrayData(Arrays.copyOf(keys, size)),
          new GenericArrayData(Arrays.copyOf(values, size)));
    }

    private static int indexOf(Object[] keys, int size, Object key) {
      for (int i = 0; i < size; i++) {
        if (keys[i].equals(key)) {
          return i;
        }
      }
      return -1;
    }
  }

  /** The fields of a record, in the order they were written. */
  public static final class Fields extends ValueReader {
    private final int size;
    private final Step[] steps;

    Fields(int size, Step[] steps) {
      this.size = size;
      this.steps = steps;
    }

    @Override
    public Object read(AvroInput in) throws RejectedRecordException {
      GenericInternalRow row = new GenericInternalRow(new Object[size]);
      fill(in, row);
      return row;
    }

    /** Sets the fields 0 to size − 1 of {@code row}. */
    public void fill(AvroInput in, InternalRow row) throws RejectedRecordException {
      int i = 0;
      try {
        for (; i < steps.length; i++) {
          Step step = steps[i];
          if (step.ordinal < 0) {
            step.skipper.skip(in);
          } else {
            step.reader.readInto(in, row, step.ordinal);
          }
        }
      } catch (RejectedRecordException e) {
        throw FieldPath.prefix(steps[i].name, e);
      }
    }
  }

  /**
   * What to do next in a written record.
   *
   * @param name the field's name, for reasons
   * @param ordinal where the value goes; −1: it is skipped
   * @param reader reads the value, if it goes anywhere
   * @param skipper skips it, if it does not
   */
  record Step(String name, int ordinal, ValueReader reader, Skipper skipper) {}
}

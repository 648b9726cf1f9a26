package io.millrace.view.internal.avro;

import io.millrace.view.internal.avro.read.AvroTypes;
import io.millrace.view.internal.avro.read.ReaderCompiler;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.avro.Schema;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What a new reader schema does to the columns of a source that is already in the lake: columns may
 * be added, and types widened as Iceberg widens them; nothing else.
 */
public final class ColumnChanges {
  private final List<String> problems = new ArrayList<>();

  private ColumnChanges() {}

  /** What cannot be done, each naming the column; empty if all can. */
  public static List<String> problems(Schema applied, Schema wanted) {
    ColumnChanges changes = new ColumnChanges();
    changes.struct("", AvroTypes.rowType(applied), AvroTypes.rowType(wanted));
    changes.defaults(applied, wanted);
    return changes.problems;
  }

  private void struct(String path, StructType from, StructType to) {
    for (StructField field : from.fields()) {
      String name = path + field.name();
      StructField[] same =
          java.util.Arrays.stream(to.fields())
              .filter(f -> f.name().equals(field.name()))
              .toArray(StructField[]::new);
      if (same.length == 0) {
        problems.add(
            "field "
                + name
                + ": found it removed, expected it to stay, as records in the lake have it; keep it,"
                + " or declare a new table under another name");
      } else {
        type(name, field.dataType(), same[0].dataType());
      }
    }
  }

  private void type(String path, DataType from, DataType to) {
    if (from instanceof StructType a && to instanceof StructType b) {
      struct(path + ".", a, b);
    } else if (from instanceof ArrayType a && to instanceof ArrayType b) {
      type(path + ".element", a.elementType(), b.elementType());
    } else if (from instanceof MapType a && to instanceof MapType b) {
      type(path + ".value", a.valueType(), b.valueType());
    } else if (!from.equals(to) && !widens(from, to)) {
      problems.add(
          "field "
              + path
              + ": found type "
              + to.sql()
              + ", expected "
              + from.sql()
              + ", as records in the lake have it, or a wider one (INT to BIGINT, FLOAT to DOUBLE,"
              + " DECIMAL to more digits of the same scale); declare a new table under another name");
    }
  }

  private static boolean widens(DataType from, DataType to) {
    if (from instanceof DecimalType a && to instanceof DecimalType b) {
      return a.scale() == b.scale() && a.precision() <= b.precision();
    }
    return (from.equals(DataTypes.IntegerType) && to.equals(DataTypes.LongType))
        || (from.equals(DataTypes.FloatType) && to.equals(DataTypes.DoubleType));
  }

  private void defaults(Schema applied, Schema wanted) {
    for (Schema.Field field : wanted.getFields()) {
      Schema.Field old = applied.getField(field.name());
      if (old != null) {
        nested(field.name(), old.schema(), field.schema());
      }
      if (!field.hasDefaultValue()) {
        continue;
      }
      if (old == null) {
        Object value = ReaderCompiler.defaultValue(field);
        if (value != null && compound(AvroTypes.typeOf(field.schema()))) {
          problems.add(
              "field "
                  + field.name()
                  + ": found a default that is not null on "
                  + AvroTypes.typeOf(field.schema()).sql()
                  + ", expected null, as records in the lake cannot be given such a value; make it"
                  + " [\"null\", …] with default null");
        }
      } else if (old.hasDefaultValue()
          && !Objects.deepEquals(
              ReaderCompiler.defaultValue(old), ReaderCompiler.defaultValue(field))) {
        problems.add(
            "field "
                + field.name()
                + ": found default "
                + field.defaultVal()
                + ", expected "
                + old.defaultVal()
                + ", as records in the lake have it; keep the default");
      }
    }
  }

  /** Fields that are added inside of a column can only be NULL in what the lake has. */
  private void nested(String path, Schema applied, Schema wanted) {
    List<Schema> from = parts(applied);
    List<Schema> to = parts(wanted);
    for (int i = 0; i < Math.min(from.size(), to.size()); i++) {
      if (from.get(i).getType() != Schema.Type.RECORD
          || to.get(i).getType() != Schema.Type.RECORD) {
        if (!parts(from.get(i)).isEmpty()) {
          nested(path, from.get(i), to.get(i));
        }
        continue;
      }
      for (Schema.Field field : to.get(i).getFields()) {
        Schema.Field old = from.get(i).getField(field.name());
        String name = path + "." + field.name();
        if (old != null) {
          nested(name, old.schema(), field.schema());
        } else if (field.hasDefaultValue() && ReaderCompiler.defaultValue(field) != null) {
          problems.add(
              "field "
                  + name
                  + ": found a default that is not null inside a column that exists, expected null;"
                  + " make it [\"null\", …] with default null");
        }
      }
    }
  }

  private static List<Schema> parts(Schema schema) {
    return switch (schema.getType()) {
      case RECORD -> List.of(schema);
      case UNION -> schema.getTypes();
      case ARRAY -> List.of(schema.getElementType());
      case MAP -> List.of(schema.getValueType());
      default -> List.of();
    };
  }

  private static boolean compound(DataType type) {
    return type instanceof StructType || type instanceof ArrayType || type instanceof MapType;
  }
}

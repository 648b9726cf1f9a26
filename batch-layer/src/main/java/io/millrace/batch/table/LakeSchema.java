package io.millrace.batch.table;

import io.millrace.control.model.SourceDefinition;
import io.millrace.lake.Lake;
import io.millrace.view.spark.SparkViews;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.spark.SparkSchemaUtil;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Iceberg schemas of what Spark gives. Every column is optional, at every depth: a field that a
 * later schema of the source drops is then NULL in new rows, and one that it adds is NULL in old
 * rows.
 */
public final class LakeSchema {
  private LakeSchema() {}

  public static Schema of(StructType type) {
    return SparkSchemaUtil.convert((StructType) optional(type));
  }

  /** The source's lake table, made if missing, with a column for every field of the source. */
  public static Table source(Lake lake, SourceDefinition source) {
    Schema wanted = of(SparkViews.sourceSchema(source));
    return evolve(lake.source(source.lakeTable(), wanted), source, wanted);
  }

  /**
   * Adds what the source has and the table has not, and widens types. Drops nothing. A new column
   * with a default has it in the rows that are there already, as the decoder would have given it to
   * them: that needs format version 3, to which such a table is raised.
   */
  private static Table evolve(Table table, SourceDefinition source, Schema wanted) {
    Map<String, Literal<?>> defaults = ColumnDefaults.of(source, wanted);
    defaults.keySet().removeIf(name -> table.schema().findField(name) != null);
    if (!defaults.isEmpty()) {
      table.updateProperties().set("format-version", "3").commit();
      table.refresh();
      UpdateSchema update = table.updateSchema();
      defaults.forEach((name, value) -> update.addColumn(name, wanted.findType(name), value));
      update.commit();
      table.refresh();
    }
    UpdateSchema update = table.updateSchema().unionByNameWith(wanted);
    if (!update.apply().sameSchema(table.schema())) {
      update.commit();
      table.refresh();
    }
    return table;
  }

  private static DataType optional(DataType type) {
    if (type instanceof StructType struct) {
      StructField[] fields = new StructField[struct.length()];
      for (int i = 0; i < fields.length; i++) {
        StructField field = struct.fields()[i];
        fields[i] =
            new StructField(field.name(), optional(field.dataType()), true, Metadata.empty());
      }
      return new StructType(fields);
    }
    if (type instanceof ArrayType array) {
      return new ArrayType(optional(array.elementType()), true);
    }
    if (type instanceof MapType map) {
      return new MapType(optional(map.keyType()), optional(map.valueType()), true);
    }
    if (type.sameType(DataTypes.NullType)) {
      return DataTypes.StringType;
    }
    return type;
  }
}

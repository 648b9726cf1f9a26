package io.millrace.view.internal.key;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A value that stands for itself in an encoded key: a group column, or a field of one.
 *
 * @param column the group column
 * @param fields the path from it; empty: the column itself
 * @param type of the value
 * @param opened how many structs begin with it: for each, a marker stands before it
 */
record KeyLeaf(ExprId column, List<Integer> fields, DataType type, int opened) {
  KeyLeaf {
    fields = List.copyOf(fields);
  }

  /** All of them, in the order of the encoding. */
  static List<KeyLeaf> of(List<Attribute> columns) {
    List<KeyLeaf> leaves = new ArrayList<>();
    for (Attribute column : columns) {
      add(column.exprId(), List.of(), column.dataType(), 0, leaves);
    }
    return leaves;
  }

  private static void add(
      ExprId column, List<Integer> path, DataType type, int opened, List<KeyLeaf> into) {
    if (type instanceof StructType struct) {
      StructField[] fields = struct.fields();
      for (int i = 0; i < fields.length; i++) {
        List<Integer> inner = new ArrayList<>(path);
        inner.add(i);
        add(column, inner, fields[i].dataType(), i == 0 ? opened + 1 : 0, into);
      }
    } else {
      into.add(new KeyLeaf(column, path, type, opened));
    }
  }

  /** Whether the value may be missing because what holds it is. */
  boolean nested() {
    return !fields.isEmpty();
  }

  boolean is(Expression expression) {
    List<Integer> path = new ArrayList<>();
    Expression at = expression;
    while (at instanceof GetStructField field) {
      path.add(0, field.ordinal());
      at = field.child();
    }
    return at instanceof AttributeReference attribute
        && attribute.exprId().equals(column)
        && path.equals(fields);
  }
}

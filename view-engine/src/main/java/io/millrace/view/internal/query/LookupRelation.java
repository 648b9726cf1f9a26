package io.millrace.view.internal.query;

import io.millrace.view.internal.lookup.CatalystLookup;
import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;

/**
 * A lookup as a question reads it: rows that are what they are. No two have equal key columns, and
 * none of these is NULL.
 *
 * @param name as the question calls it
 */
public record LookupRelation(String name, CatalystLookup lookup) implements Relation {
  @Override
  public List<Attribute> columns() {
    List<Attribute> columns = new ArrayList<>();
    for (StructField field : lookup.type().fields()) {
      columns.add(
          new AttributeReference(
              field.name(),
              field.dataType(),
              field.nullable(),
              Metadata.empty(),
              NamedExpression.newExprId(),
              Scala.seq(List.of())));
    }
    return columns;
  }

  @Override
  public boolean unique(Set<Integer> columns) {
    return columns.containsAll(lookup.keyColumns());
  }

  /** The key columns among a leaf's columns, in the order of the key. */
  public List<Attribute> key(List<Attribute> leaf) {
    return lookup.keyColumns().stream().map(leaf::get).toList();
  }
}

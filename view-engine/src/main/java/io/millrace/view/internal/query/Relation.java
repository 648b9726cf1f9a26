package io.millrace.view.internal.query;

import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.MetadataBuilder;
import scala.Option;

/**
 * What a question may name in FROM: rows with columns, of which some may tell the rows apart. How
 * its rows are read is the planner's to know.
 */
public interface Relation {
  /** As the question calls it. */
  String name();

  /** Its columns, with new ids each time. */
  List<Attribute> columns();

  /**
   * Whether no two rows have the same values in these columns, by their places. NULL is a value.
   */
  boolean unique(Set<Integer> columns);

  /** A leaf that stands for its rows, and is known again however it is copied. */
  default LogicalPlan leaf() {
    List<Attribute> marked = new ArrayList<>();
    for (Attribute column : columns()) {
      marked.add(
          new AttributeReference(
              column.name(),
              column.dataType(),
              column.nullable(),
              new MetadataBuilder().putString("millrace.relation", name()).build(),
              column.exprId(),
              Scala.seq(List.of())));
    }
    return new LocalRelation(Scala.seq(marked), Scala.seq(List.of()), false, Option.empty());
  }

  /** The name of the relation whose rows this node stands for, if it is one's. */
  static Optional<String> of(LogicalPlan node) {
    return node instanceof LocalRelation leaf
            && !leaf.output().isEmpty()
            && leaf.output().head().metadata().contains("millrace.relation")
        ? Optional.of(leaf.output().head().metadata().getString("millrace.relation"))
        : Optional.empty();
  }
}

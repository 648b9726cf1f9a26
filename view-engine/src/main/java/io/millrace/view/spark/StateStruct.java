package io.millrace.view.spark;

import io.millrace.view.internal.tree.Scala;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Seq;

/**
 * The struct in which a batch view shows the state of one aggregate: its buffer fields in order.
 * Field names are letters, digits and underscores only, as every table format takes them.
 */
final class StateStruct {
  private StateStruct() {}

  static Expression of(Seq<AttributeReference> buffer) {
    List<Expression> parts = new ArrayList<>();
    List<String> names = names(buffer);
    for (int i = 0; i < names.size(); i++) {
      parts.add(Literal$.MODULE$.apply(names.get(i)));
      parts.add(buffer.apply(i));
    }
    return new CreateNamedStruct(Scala.seq(parts));
  }

  static StructType type(Seq<AttributeReference> buffer) {
    List<String> names = names(buffer);
    StructField[] fields = new StructField[names.size()];
    for (int i = 0; i < fields.length; i++) {
      AttributeReference field = buffer.apply(i);
      DataType type = field.dataType();
      fields[i] = new StructField(names.get(i), type, field.nullable(), Metadata.empty());
    }
    return new StructType(fields);
  }

  private static List<String> names(Seq<AttributeReference> buffer) {
    List<String> names = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (int i = 0; i < buffer.size(); i++) {
      String name =
          buffer.apply(i).name().replaceAll("[^A-Za-z0-9]+", "_").replaceAll("^_+|_+$", "");
      if (!taken.add(name)) {
        name = name + "_" + i;
        taken.add(name);
      }
      names.add(name);
    }
    return names;
  }
}

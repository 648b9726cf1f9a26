package io.millrace.view.internal.avro.read;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.avro.Schema;

/**
 * What a union's values look like as Spark's, as {@code spark-avro} has it: a union with null is
 * the other type, int and long are BIGINT, float and double are DOUBLE, and any other choice is a
 * struct {@code member0, member1, …} of which one is set.
 *
 * @param kind how a value is held
 * @param members the branches but null
 */
public record UnionShape(Kind kind, List<Schema> members) {
  public enum Kind {
    EMPTY,
    SINGLE,
    LONG,
    DOUBLE,
    STRUCT
  }

  public static UnionShape of(Schema union) {
    List<Schema> members =
        union.getTypes().stream().filter(t -> t.getType() != Schema.Type.NULL).toList();
    if (members.size() < 2) {
      return new UnionShape(members.isEmpty() ? Kind.EMPTY : Kind.SINGLE, members);
    }
    Set<Schema.Type> types = EnumSet.noneOf(Schema.Type.class);
    members.forEach(m -> types.add(m.getType()));
    boolean plain = members.stream().allMatch(m -> m.getLogicalType() == null);
    if (plain && types.equals(EnumSet.of(Schema.Type.INT, Schema.Type.LONG))) {
      return new UnionShape(Kind.LONG, members);
    }
    if (plain && types.equals(EnumSet.of(Schema.Type.FLOAT, Schema.Type.DOUBLE))) {
      return new UnionShape(Kind.DOUBLE, members);
    }
    return new UnionShape(Kind.STRUCT, members);
  }
}

package io.millrace.serving.format;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.ValueType;
import io.millrace.view.compile.ValueTypes;
import io.millrace.view.query.QueryPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Types of columns, where a form can say all of their values exactly. Stateless. */
final class Inexpressible {
  private Inexpressible() {}

  /**
   * The columns' types.
   *
   * @param without types that the form has not
   * @throws MillraceException {@code NOT_ACCEPTABLE} naming the first column that has one
   */
  static List<ValueType> none(
      List<QueryPlan.Column> columns, AnswerFormat format, Set<ValueType> without) {
    List<ValueType> types = new ArrayList<>();
    for (QueryPlan.Column column : columns) {
      ValueType type = ValueTypes.of(column.type());
      if (first(type, without).isPresent()) {
        throw new MillraceException(
            ErrorCode.NOT_ACCEPTABLE,
            "cannot answer as "
                + format.label()
                + ": found column `"
                + column.name()
                + "` of type "
                + column.type()
                + ", which it has no exact form for, expected another type or form; cast it to"
                + " STRING in the SELECT, or ask for JSON, NDJSON or CSV");
      }
      types.add(type);
    }
    return types;
  }

  private static Optional<ValueType> first(ValueType type, Set<ValueType> without) {
    if (type instanceof ValueType.Other || without.contains(type)) {
      return Optional.of(type);
    } else if (type instanceof ValueType.Array array) {
      return first(array.element(), without);
    } else if (type instanceof ValueType.Entries map) {
      return first(map.key(), without).or(() -> first(map.value(), without));
    } else if (type instanceof ValueType.Struct struct) {
      List<String> names = struct.fields().stream().map(ValueType.Field::name).toList();
      if (Set.copyOf(names).size() < names.size()) {
        return Optional.of(struct);
      }
      return struct.fields().stream()
          .flatMap(field -> first(field.type(), without).stream())
          .findFirst();
    }
    return Optional.empty();
  }
}

package io.millrace.view.internal.avro;

import io.millrace.control.model.ValueFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.avro.Schema;

/**
 * What a new reader schema does to the enums of a source that is applied already. The law: bytes
 * that have been read as one symbol are never read as another. A record in the lake has the symbol
 * it was archived with; the same record read again must have it too.
 */
final class EnumChanges {
  private final ValueFormat format;
  private final List<String> problems = new ArrayList<>();

  private EnumChanges(ValueFormat format) {
    this.format = format;
  }

  /** What cannot be done, each naming the field; empty if all can. */
  static List<String> problems(Schema applied, Schema wanted, ValueFormat format) {
    EnumChanges changes = new EnumChanges(format);
    changes.visit("", applied, wanted);
    return changes.problems;
  }

  private void visit(String path, Schema from, Schema to) {
    if (from.isUnion()) {
      from.getTypes().forEach(branch -> visit(path, branch, to));
    } else if (to.isUnion()) {
      to.getTypes().stream().filter(b -> same(from, b)).forEach(b -> visit(path, from, b));
    } else if (from.getType() == to.getType()) {
      switch (from.getType()) {
        case RECORD -> {
          for (Schema.Field field : from.getFields()) {
            Schema.Field now = to.getField(field.name());
            if (now != null) {
              String name = path.isEmpty() ? field.name() : path + "." + field.name();
              visit(name, field.schema(), now.schema());
            }
          }
        }
        case ARRAY -> visit(path + ".element", from.getElementType(), to.getElementType());
        case MAP -> visit(path + ".value", from.getValueType(), to.getValueType());
        case ENUM -> symbols(path, from, to);
        default -> {
          // No symbols in it.
        }
      }
    }
  }

  private static boolean same(Schema from, Schema branch) {
    return branch.getType() == from.getType()
        && (from.getType() != Schema.Type.ENUM && from.getType() != Schema.Type.RECORD
            || branch.getName().equals(from.getName()));
  }

  private void symbols(String path, Schema from, Schema to) {
    for (String symbol : from.getEnumSymbols()) {
      if (!to.hasEnumSymbol(symbol)) {
        add(
            path,
            "found symbol " + symbol + " removed, expected it to stay",
            "records in the lake have it, and the same records would be read as something else;"
                + " keep it");
      }
    }
    String before = from.getEnumDefault();
    if (before != null && !Objects.equals(before, to.getEnumDefault())) {
      add(
          path,
          "found enum default " + to.getEnumDefault() + ", expected " + before,
          "records in the lake were read with it; keep the default");
    }
    if (before != null && format == ValueFormat.REGISTRY) {
      // With single-object values each writer's schema is known here, and has no other symbols.
      for (String symbol : to.getEnumSymbols()) {
        if (!from.hasEnumSymbol(symbol)) {
          add(
              path,
              "found symbol " + symbol + " added to an enum with a default, expected none",
              "records that were written with it have been read as " + before + "; leave it out");
        }
      }
    }
  }

  private void add(String path, String found, String why) {
    problems.add(
        "field "
            + path
            + ": "
            + found
            + ", as "
            + why
            + ", or declare a new table under another name");
  }
}

package io.millrace.view.internal.avro;

import io.millrace.view.internal.avro.read.Logical;
import io.millrace.view.internal.avro.read.ReaderCompiler;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Resolver;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/**
 * Whether every record written with one schema can be read with another. It looks at the same
 * resolution as {@link ReaderCompiler}: what it finds nothing wrong with is never rejected for its
 * schema.
 */
public final class Compatibility {
  private final List<String> problems = new ArrayList<>();

  private Compatibility() {}

  /** What stands against it, each naming a field of the reader; empty if nothing does. */
  public static List<String> problems(Schema writer, Schema reader) {
    Compatibility check = new Compatibility();
    try {
      check.visit(Resolver.resolve(writer, reader, new GenericData()), reader, "");
    } catch (AvroRuntimeException e) {
      check.problems.add(e.getMessage());
    }
    return check.problems;
  }

  private void visit(Resolver.Action action, Schema reader, String path) {
    switch (action.type) {
      case DO_NOTHING, PROMOTE -> primitive(action, reader, path);
      case ERROR -> error((Resolver.ErrorAction) action, path);
      case ENUM -> symbols((Resolver.EnumAdjust) action, path);
      case RECORD -> {
        Resolver.RecordAdjust record = (Resolver.RecordAdjust) action;
        int next = 0;
        for (Resolver.Action field : record.fieldActions) {
          if (field.type != Resolver.Action.Type.SKIP) {
            Schema.Field target = record.readerOrder[next++];
            visit(field, target.schema(), path(path, target.name()));
          }
        }
      }
      case CONTAINER -> {
        boolean array = action.writer.getType() == Schema.Type.ARRAY;
        visit(
            ((Resolver.Container) action).elementAction,
            array ? action.reader.getElementType() : action.reader.getValueType(),
            path(path, array ? "element" : "value"));
      }
      case READER_UNION -> {
        Resolver.ReaderUnion union = (Resolver.ReaderUnion) action;
        visit(union.actualAction, reader.getTypes().get(union.firstMatch), path);
      }
      case WRITER_UNION -> {
        Resolver.WriterUnion union = (Resolver.WriterUnion) action;
        for (int i = 0; i < union.actions.length; i++) {
          visit(union.actions[i], union.unionEquiv ? reader.getTypes().get(i) : reader, path);
        }
      }
      case SKIP -> throw new IllegalStateException("a skipped field has no reader");
    }
  }

  private void primitive(Resolver.Action action, Schema reader, String path) {
    Logical from = Logical.of(action.writer);
    Logical to = Logical.of(reader);
    if (!ReaderCompiler.readable(action.writer, from, reader, to)) {
      add(
          path,
          "found "
              + ReaderCompiler.describe(reader, to)
              + ", expected what can hold the "
              + ReaderCompiler.describe(action.writer, from)
              + " it is written as");
    }
  }

  private void symbols(Resolver.EnumAdjust action, String path) {
    for (int i = 0; i < action.adjustments.length; i++) {
      if (action.adjustments[i] < 0) {
        add(
            path,
            "found no symbol "
                + action.writer.getEnumSymbols().get(i)
                + ", which it is written with; add it back, or give the enum a default symbol");
      }
    }
  }

  private void error(Resolver.ErrorAction error, String path) {
    if (error.error != Resolver.ErrorAction.ErrorType.MISSING_REQUIRED_FIELD) {
      add(
          path,
          "found "
              + error.reader.getType().getName()
              + ", expected what can read the "
              + error.writer.getType().getName()
              + " it is written as ("
              + error
              + ")");
      return;
    }
    for (Schema.Field field : error.reader.getFields()) {
      if (error.writer.getField(field.name()) == null && !field.hasDefaultValue()) {
        add(
            path(path, field.name()),
            "found no default, expected one, as there are records without this field; give it a"
                + " default, such as [\"null\", …] with null");
      }
    }
  }

  private void add(String path, String problem) {
    problems.add((path.isEmpty() ? "" : "field " + path + ": ") + problem);
  }

  private static String path(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}

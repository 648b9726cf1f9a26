package io.millrace.launcher.produce;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.produce.row.BadRowException;
import io.millrace.launcher.produce.row.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/** Makes Avro records of rows by a mapping. Immutable. */
final class RecordMaker {
  private final Schema schema;
  private final FieldRule[] rules;

  private RecordMaker(Schema schema, FieldRule[] rules) {
    this.schema = schema;
    this.rules = rules;
  }

  /**
   * @param first a row of the file: its columns are checked
   * @throws MillraceException {@code CONFIG_INVALID} with every field that the schema does not
   *     have, or that neither mapping nor file gives
   */
  static RecordMaker of(Schema schema, Mapping mapping, Row first) {
    List<String> problems = new ArrayList<>();
    for (String field : mapping.fields().keySet()) {
      if (schema.getField(field) == null) {
        problems.add(
            field
                + ": found no such field in the schema, expected one of "
                + schema.getFields().stream().map(Schema.Field::name).toList());
      }
    }
    FieldRule[] rules = new FieldRule[schema.getFields().size()];
    for (Schema.Field field : schema.getFields()) {
      FieldRule rule = mapping.fields().get(field.name());
      if (rule == null) {
        rule = new FieldRule.Column(column(field.name(), first), Set.of());
        if (!first.has(rule.columns().get(0)) && !optional(field)) {
          problems.add(field.name() + ": found no column of this name, expected one or a mapping");
        }
      } else {
        for (String column : rule.columns()) {
          if (!first.has(column)) {
            problems.add(field.name() + ": found no column '" + column + "' in the file");
          }
        }
      }
      rules[field.pos()] = rule;
    }
    if (!problems.isEmpty()) {
      throw new MillraceException(
          ErrorCode.CONFIG_INVALID,
          "cannot map the file to "
              + schema.getFullName()
              + ":\n  "
              + String.join("\n  ", problems)
              + "\nwrite a mapping and name it by --mapping");
    }
    return new RecordMaker(schema, rules);
  }

  /** The file's own column for a field: {@code customer_id} takes {@code CustomerId}, too. */
  private static String column(String field, Row row) {
    if (row.has(field)) {
      return field;
    }
    StringBuilder camel = new StringBuilder();
    for (String word : field.split("_")) {
      camel.append(word.isEmpty() ? "" : word.substring(0, 1).toUpperCase(Locale.ROOT));
      camel.append(word.isEmpty() ? "" : word.substring(1));
    }
    for (String candidate : List.of(camel.toString(), field.toUpperCase(Locale.ROOT))) {
      if (row.has(candidate)) {
        return candidate;
      }
    }
    return field;
  }

  private static boolean optional(Schema.Field field) {
    return field.hasDefaultValue() || field.schema().isNullable();
  }

  GenericData.Record make(Row row) throws BadRowException {
    GenericData.Record made = new GenericData.Record(schema);
    for (Schema.Field field : schema.getFields()) {
      try {
        made.put(field.pos(), AvroValues.field(field, rules[field.pos()].value(row)));
      } catch (BadRowException e) {
        throw BadRowException.of(row.line(), e.getMessage(), row.text());
      }
    }
    return made;
  }
}

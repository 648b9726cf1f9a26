package io.millrace.serving.lookup.content;

import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.LookupDefinition.Column;
import java.util.List;

/** A file of comma-separated values, with the options that Spark has for it. */
final class CsvContent implements LookupContent {
  private final LookupDefinition definition;
  private final LookupFile file;

  CsvContent(LookupDefinition definition) {
    this.definition = definition;
    this.file = new LookupFile(definition);
  }

  @Override
  public String stamp() {
    return file.stamp();
  }

  @Override
  public String id() {
    return file.id();
  }

  /** The names of the first line; all of them are texts. */
  @Override
  public List<Column> columns() {
    try (CsvRows rows = new CsvRows(definition, file)) {
      return rows.header().stream().map(name -> new Column(name, "STRING")).toList();
    }
  }

  @Override
  public LookupRows rows() {
    return new CsvRows(definition, file);
  }
}

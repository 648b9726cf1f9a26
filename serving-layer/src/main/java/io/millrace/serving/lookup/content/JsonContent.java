package io.millrace.serving.lookup.content;

import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.LookupDefinition.Column;
import java.util.List;

/** A file of JSON objects, one after the other or in one array. */
final class JsonContent implements LookupContent {
  private final LookupDefinition definition;
  private final LookupFile file;

  JsonContent(LookupDefinition definition) {
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

  /**
   * Of a field that one object has, another may know more: so there is nothing to read them from.
   */
  @Override
  public List<Column> columns() {
    throw file.failed(
        "found no columns, expected them declared, as objects of JSON need not have the same"
            + " fields; write CREATE TABLE "
            + definition.name()
            + " (column TYPE, …) USING json",
        null);
  }

  @Override
  public LookupRows rows() {
    return new JsonRows(definition, file);
  }
}

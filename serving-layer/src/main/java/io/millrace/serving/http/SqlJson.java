package io.millrace.serving.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.ValueJson;
import io.millrace.serving.query.SqlReader;
import io.millrace.view.query.QueryPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * An answer as JSON, written row by row: its rows are never held as objects. It is kept until it is
 * whole, within a bound, so that what goes wrong at the last row is an error and no answer that
 * breaks off. Thread-confined.
 */
final class SqlJson implements SqlReader {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final ByteArrayOutputStream body = new ByteArrayOutputStream(1 << 12);
  private final long most;
  private final JsonGenerator json;
  private List<QueryPlan.Column> columns;
  private int rows;

  /**
   * @param most bytes
   */
  SqlJson(long most) {
    this.most = most;
    try {
      this.json = MAPPER.getFactory().createGenerator(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void begin(
      List<QueryPlan.Column> columns,
      List<Relation> relations,
      List<Lookup> lookups,
      List<String> notes) {
    this.columns = columns;
    write(
        () -> {
          json.writeStartObject();
          json.writeArrayFieldStart("relations");
          for (Relation relation : relations) {
            json.writeStartObject();
            json.writeStringField("view", relation.view());
            json.writeStringField("version", relation.version());
            json.writeFieldName("position");
            json.writeTree(
                JsonViews.position(
                        relation.runId(),
                        relation.boundary(),
                        relation.live(),
                        relation.ageMs(),
                        relation.lost())
                    .put("reached", relation.reached().toString()));
            json.writeEndObject();
          }
          for (Lookup lookup : lookups) {
            json.writeStartObject();
            json.writeStringField("lookup", lookup.name());
            json.writeStringField("version", lookup.version());
            json.writeFieldName("position");
            json.writeTree(
                JsonLookups.position(lookup.content(), lookup.rows(), lookup.loadedAt()));
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeArrayFieldStart("notes");
          for (String note : notes) {
            json.writeString(note);
          }
          json.writeEndArray();
          json.writeArrayFieldStart("columns");
          for (QueryPlan.Column column : columns) {
            json.writeStartObject();
            json.writeStringField("name", column.name());
            json.writeStringField("type", column.type());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeArrayFieldStart("rows");
        });
  }

  @Override
  public void row(List<Object> values) {
    write(
        () -> {
          json.writeStartObject();
          for (int i = 0; i < values.size(); i++) {
            json.writeFieldName(columns.get(i).name());
            json.writeTree(ValueJson.node(values.get(i)));
          }
          json.writeEndObject();
        });
    rows++;
    if (body.size() > most) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: found more than "
              + most
              + " bytes by row "
              + rows
              + ", expected fewer; ask for fewer rows or columns, or raise serving.sql.bytes");
    }
  }

  @Override
  public void end(boolean more) {
    write(
        () -> {
          json.writeEndArray();
          json.writeBooleanField("more", more);
          json.writeEndObject();
          json.close();
        });
  }

  int rows() {
    return rows;
  }

  /** The whole answer. */
  Reply reply() {
    return new Reply(200, Reply.JSON, body.toByteArray());
  }

  private interface Writing {
    void run() throws IOException;
  }

  private static void write(Writing writing) {
    try {
      writing.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

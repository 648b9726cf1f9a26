package io.millrace.serving.format;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.serving.query.SqlReader.Relation;
import io.millrace.view.query.QueryPlan;
import java.io.IOException;
import java.util.List;

/** What stands around the rows of an answer as JSON. */
sealed interface JsonHead {
  void begin(JsonGenerator json, AnswerWriter answer) throws IOException;

  void end(JsonGenerator json, AnswerWriter answer) throws IOException;

  /** Of a question in SQL. */
  record OfQuestion() implements JsonHead {
    @Override
    public void begin(JsonGenerator json, AnswerWriter answer) throws IOException {
      json.writeFieldName("relations");
      json.writeTree(PositionJson.relations(answer.relations(), answer.lookups()));
      json.writeArrayFieldStart("notes");
      for (String note : answer.notes()) {
        json.writeString(note);
      }
      json.writeEndArray();
      columns(json, answer.columns());
    }

    @Override
    public void end(JsonGenerator json, AnswerWriter answer) throws IOException {
      json.writeBooleanField("more", answer.more());
    }
  }

  /** Of the rows of one view. */
  record OfView(String layer) implements JsonHead {
    @Override
    public void begin(JsonGenerator json, AnswerWriter answer) throws IOException {
      Relation view = answer.relations().get(0);
      json.writeStringField("view", view.view());
      json.writeStringField("version", view.version());
      json.writeStringField("layer", layer);
      json.writeFieldName("position");
      json.writeTree(PositionJson.of(view));
      columns(json, answer.columns());
    }

    @Override
    public void end(JsonGenerator json, AnswerWriter answer) throws IOException {
      json.writeBooleanField("more", answer.more());
      json.writeStringField("cursor", answer.cursor().orElse(null));
    }
  }

  private static void columns(JsonGenerator json, List<QueryPlan.Column> columns)
      throws IOException {
    json.writeArrayFieldStart("columns");
    for (QueryPlan.Column column : columns) {
      json.writeStartObject();
      json.writeStringField("name", column.name());
      json.writeStringField("type", column.type());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}

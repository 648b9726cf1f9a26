package io.millrace.serving.format;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.model.ValueJson;
import io.millrace.serving.spool.AnswerBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** One JSON object, which has everything of the answer. */
final class JsonAnswer extends AnswerWriter {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final JsonGenerator json;
  private final JsonHead head;

  JsonAnswer(AnswerBytes bytes, JsonHead head) {
    super(bytes);
    this.head = head;
    try {
      this.json = MAPPER.getFactory().createGenerator(bytes.out());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  void start() throws IOException {
    json.writeStartObject();
    head.begin(json, this);
    json.writeArrayFieldStart("rows");
  }

  @Override
  void write(List<Object> values) throws IOException {
    json.writeStartObject();
    for (int i = 0; i < values.size(); i++) {
      json.writeFieldName(columns().get(i).name());
      json.writeTree(ValueJson.node(values.get(i)));
    }
    json.writeEndObject();
  }

  @Override
  void finish() throws IOException {
    json.writeEndArray();
    head.end(json, this);
    json.writeEndObject();
    json.close();
  }

  @Override
  void release() {
    // It holds nothing but memory.
  }
}

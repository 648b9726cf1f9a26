package io.millrace.serving.format;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.model.ValueJson;
import io.millrace.serving.spool.AnswerBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** An object a line, each line ended, values as in JSON; no line is anything but a row. */
final class NdjsonAnswer extends AnswerWriter {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final JsonGenerator json;

  NdjsonAnswer(AnswerBytes bytes) {
    super(bytes);
    try {
      this.json = MAPPER.getFactory().createGenerator(bytes.out());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    json.setPrettyPrinter(new MinimalPrettyPrinter(""));
  }

  @Override
  void start() {
    // The columns are named in each line.
  }

  @Override
  void write(List<Object> values) throws IOException {
    json.writeStartObject();
    for (int i = 0; i < values.size(); i++) {
      json.writeFieldName(columns().get(i).name());
      json.writeTree(ValueJson.node(values.get(i)));
    }
    json.writeEndObject();
    json.writeRaw('\n');
  }

  @Override
  void finish() throws IOException {
    json.close();
  }

  @Override
  void release() {
    // It holds nothing but memory.
  }
}

package io.millrace.serving.format;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.control.model.ValueJson;
import io.millrace.serving.spool.AnswerBytes;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * CSV as RFC 4180 has it: a line of names, lines ended by CR LF, quotes where they are needed. NULL
 * is nothing at all, a text without characters is {@code ""}, as PostgreSQL's COPY writes and reads
 * them. Values are the texts that they are in JSON; an array, a map and a struct is its JSON.
 */
final class CsvAnswer extends AnswerWriter {
  private static final String END = "\r\n";

  private final Writer csv;

  CsvAnswer(AnswerBytes bytes) {
    super(bytes);
    this.csv = new BufferedWriter(new OutputStreamWriter(bytes.out(), StandardCharsets.UTF_8));
  }

  @Override
  void start() throws IOException {
    for (int i = 0; i < columns().size(); i++) {
      separate(i);
      text(columns().get(i).name());
    }
    csv.write(END);
  }

  @Override
  void write(List<Object> values) throws IOException {
    for (int i = 0; i < values.size(); i++) {
      separate(i);
      if (values.get(i) != null) {
        JsonNode value = ValueJson.node(values.get(i));
        text(value.isValueNode() ? value.asText() : value.toString());
      }
    }
    csv.write(END);
  }

  private void separate(int column) throws IOException {
    if (column > 0) {
      csv.write(',');
    }
  }

  private void text(String text) throws IOException {
    if (plain(text)) {
      csv.write(text);
      return;
    }
    csv.write('"');
    csv.write(text.replace("\"", "\"\""));
    csv.write('"');
  }

  /** A text with space around it is quoted, too: some readers strip it else. */
  private static boolean plain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == ',' || c == '\n' || c == '\r') {
        return false;
      }
    }
    // Alone on a line it ends what COPY reads.
    return !text.isEmpty()
        && !text.equals("\\.")
        && text.charAt(0) > ' '
        && text.charAt(text.length() - 1) > ' ';
  }

  @Override
  void finish() throws IOException {
    csv.flush();
  }

  @Override
  void release() {
    // It holds nothing but memory.
  }
}

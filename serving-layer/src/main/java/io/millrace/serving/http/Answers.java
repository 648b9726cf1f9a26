package io.millrace.serving.http;

import io.millrace.serving.format.AnswerFormat;
import io.millrace.serving.format.AnswerHeaders;
import io.millrace.serving.format.AnswerWriter;
import io.millrace.serving.query.Cursors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Rows as HTTP answers. Stateless. */
final class Answers {
  private Answers() {}

  /**
   * @param answer that has ended; still to be closed
   * @param gzip whether its bytes are compressed
   * @param named how the request named the form, for a browser that saves it
   */
  static Reply of(AnswerWriter answer, AnswerFormat format, boolean gzip, Optional<String> named) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Vary", "Accept, Accept-Encoding");
    if (gzip) {
      headers.put("Content-Encoding", "gzip");
    }
    if (format != AnswerFormat.JSON) {
      headers.putAll(AnswerHeaders.of(answer));
      named.ifPresent(
          name ->
              headers.put(
                  "Content-Disposition",
                  "attachment; filename=\"answer." + format.extension() + "\""));
    }
    answer.cursor().ifPresent(at -> headers.put(Cursors.LEASE_HEADER, Cursors.leaseOf(at)));
    return new Reply(200, format.contentType(), answer.kept(), headers);
  }
}

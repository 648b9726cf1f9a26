package io.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.serving.spool.KeptAnswer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One HTTP answer, whole.
 *
 * @param status HTTP status
 * @param contentType of the body
 * @param kept the body; closed by whoever has sent it
 * @param headers of this answer beside those that every answer has
 */
public record Reply(int status, String contentType, KeptAnswer kept, Map<String, String> headers) {
  static final String JSON = "application/json; charset=utf-8";

  public Reply {
    headers = Map.copyOf(headers);
  }

  Reply(int status, String contentType, byte[] body) {
    this(status, contentType, KeptAnswer.of(body), Map.of());
  }

  static Reply json(int status, JsonNode body) {
    return new Reply(status, JSON, body.toString().getBytes(StandardCharsets.UTF_8));
  }

  static Reply text(String contentType, String body) {
    return new Reply(200, contentType, body.getBytes(StandardCharsets.UTF_8));
  }

  /** The body, read whole. */
  public byte[] body() {
    return kept.bytes();
  }
}

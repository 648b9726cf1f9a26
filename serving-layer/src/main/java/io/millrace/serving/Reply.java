package io.millrace.serving;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;

/**
 * One HTTP answer.
 *
 * @param status HTTP status
 * @param contentType of the body
 * @param body whole
 */
record Reply(int status, String contentType, byte[] body) {
  static final String JSON = "application/json; charset=utf-8";

  static Reply json(int status, JsonNode body) {
    return new Reply(status, JSON, body.toString().getBytes(StandardCharsets.UTF_8));
  }

  static Reply text(String contentType, String body) {
    return new Reply(200, contentType, body.getBytes(StandardCharsets.UTF_8));
  }
}

package io.millrace.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.model.Position;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Asks a replica over HTTP. Thread-safe. */
final class ApiClient {
  private static final ObjectMapper JSON = new ObjectMapper();

  record Answer(int status, JsonNode body) {
    List<JsonNode> rows() {
      List<JsonNode> rows = new ArrayList<>();
      body.get("rows").forEach(rows::add);
      return rows;
    }

    Position live() {
      return offsets(body.get("position").get("live"));
    }

    Position boundary() {
      return offsets(body.get("position").get("boundary"));
    }

    String runId() {
      return body.get("position").get("runId").textValue();
    }

    String code() {
      return body.path("code").asText();
    }

    String message() {
      return body.path("message").asText();
    }
  }

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI uri;

  ApiClient(URI uri) {
    this.uri = uri;
  }

  Answer get(String path) {
    HttpResponse<String> response = send("GET", path);
    try {
      return new Answer(response.statusCode(), JSON.readTree(response.body()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  HttpResponse<String> send(String method, String path) {
    HttpRequest request =
        HttpRequest.newBuilder(uri.resolve(path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Position offsets(JsonNode node) {
    Map<Integer, Long> offsets = new TreeMap<>();
    node.fields()
        .forEachRemaining(e -> offsets.put(Integer.valueOf(e.getKey()), e.getValue().asLong()));
    return Position.of(offsets);
  }
}

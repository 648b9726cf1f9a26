package io.millrace.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.model.Position;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The query service, as a client sees it. Thread-safe. */
public final class Http {
  /** An answer that is not 200. */
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    final int status;
    private final String body;

    Refused(int status, String body) {
      super("HTTP " + status + ": " + body);
      this.status = status;
      this.body = body;
    }

    /** What came with it, as it came. */
    public String body() {
      return body;
    }
  }

  private static final int PAGE = 10_000;

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final ObjectMapper json = new ObjectMapper();
  private final String base;

  /**
   * @param base such as {@code http://127.0.0.1:8080}
   */
  public Http(String base) {
    this.base = base;
  }

  public JsonNode json(String path) throws IOException, InterruptedException {
    HttpResponse<String> response = get(path);
    if (response.statusCode() != 200) {
      throw new Refused(response.statusCode(), response.body());
    }
    return json.readTree(response.body());
  }

  /** The body, whatever the status. */
  String text(String path) throws IOException, InterruptedException {
    return get(path).body();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(30)).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  /** Every row of a view at one position, page by page. */
  public Answer answer(String view) throws IOException, InterruptedException {
    return answer(view, PAGE);
  }

  /** As {@link #answer(String)}, with so many rows a page. */
  public Answer answer(String view, int pageSize) throws IOException, InterruptedException {
    List<Map<String, JsonNode>> rows = new ArrayList<>();
    JsonNode position = null;
    String cursor = "";
    do {
      String path = "/v1/views/" + view + "/rows?limit=" + pageSize + cursor;
      JsonNode page = json(path);
      if (position != null && !withoutAge(position).equals(withoutAge(page.get("position")))) {
        throw new AssertionError(
            "a page of " + view + " moved from " + position + " to " + page.get("position"));
      }
      position = page.get("position");
      for (JsonNode row : page.get("rows")) {
        Map<String, JsonNode> values = new LinkedHashMap<>();
        row.fields().forEachRemaining(e -> values.put(e.getKey(), e.getValue()));
        rows.add(values);
      }
      JsonNode next = page.get("cursor");
      cursor =
          next == null || next.isNull()
              ? null
              : "&cursor=" + URLEncoder.encode(next.asText(), StandardCharsets.UTF_8);
    } while (cursor != null);
    return new Answer(
        view,
        position.get("runId").asText(""),
        Answer.position(position.get("boundary")),
        Answer.position(position.get("live")),
        rows);
  }

  /** Up to where the topic is in the view's answers now, for the price of one row. */
  public Position live(String view) throws IOException, InterruptedException {
    return position(view, "live");
  }

  /** The boundary of the run that the view is answered from now, for the price of one row. */
  public Position boundary(String view) throws IOException, InterruptedException {
    return position(view, "boundary");
  }

  private Position position(String view, String which) throws IOException, InterruptedException {
    return Answer.position(json("/v1/views/" + view + "/rows?limit=1").get("position").get(which));
  }

  private static JsonNode withoutAge(JsonNode position) {
    return ((com.fasterxml.jackson.databind.node.ObjectNode) position.deepCopy()).without("ageMs");
  }
}

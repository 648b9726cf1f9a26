package io.millrace.launcher.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.config.Durations;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.model.Position;
import io.millrace.launcher.local.EffectiveConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A client of the serving layer's HTTP API. Thread-safe. */
public final class ServingClient {
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Set<String> WORDS =
      Set.of("limit", "cursor", "layer", "where", "order_by", "columns", "at_least", "timeout");

  private static final Map<String, String> MEDIA_TYPES =
      Map.of(
          "csv", "text/csv",
          "ndjson", "application/x-ndjson",
          "arrow", "application/vnd.apache.arrow.stream",
          "parquet", "application/vnd.apache.parquet");

  private final String base;
  private final Duration patience;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT).build();

  public ServingClient(MillraceConfig config) {
    this(config, ANSWER);
  }

  /**
   * @param patience how long to wait for an answer
   */
  public ServingClient(MillraceConfig config, Duration patience) {
    this.base = EffectiveConfig.servingUrl(config);
    this.patience = patience;
  }

  /**
   * What an answer covers.
   *
   * @param runId empty if no run is part of it
   * @param boundary of the run
   * @param live exclusive end
   * @param ageMs how old that end is
   */
  public record Seam(Optional<String> runId, Position boundary, Position live, long ageMs) {}

  /**
   * One view as the list has it.
   *
   * @param reason why it is not ready
   * @param problem what is wrong though it may be ready, a refused run for one
   * @param position present when it is ready
   */
  public record View(
      String name,
      String version,
      String comment,
      String source,
      Optional<String> reason,
      Optional<String> problem,
      Optional<Seam> position) {
    public boolean ready() {
      return reason.isEmpty() && position.isPresent();
    }
  }

  /**
   * @param columns names and types, in order
   * @param rows values in the order of the columns
   * @param more whether there may be more
   * @param cursor where to go on
   */
  public record Page(
      String view,
      String version,
      Seam position,
      Map<String, String> columns,
      List<List<JsonNode>> rows,
      boolean more,
      Optional<String> cursor) {}

  /**
   * Which content of a lookup.
   *
   * @param id of the bytes
   * @param rows how many
   * @param loadedAt when the replica had loaded it
   */
  public record Content(String id, long rows, Instant loadedAt) {}

  private static Content content(JsonNode position) {
    return new Content(
        position.path("content").asText(),
        position.path("rows").asLong(),
        Instant.parse(position.path("loadedAt").asText()));
  }

  /**
   * A lookup in the replica that is asked.
   *
   * @param content which content answers; empty before the first is loaded
   * @param current whether that is of the definition of this version and path
   * @param ageMs how long ago the file was last found to hold it
   * @param missed how many rows of joins have found none in it
   * @param problem what keeps its newest content from being loaded
   */
  public record Lookup(
      String name,
      String version,
      String format,
      String path,
      Optional<Content> content,
      boolean current,
      long ageMs,
      long missed,
      Optional<String> problem) {}

  public List<Lookup> lookups() {
    List<Lookup> lookups = new ArrayList<>();
    for (JsonNode node : get("/v1/lookups", Map.of()).path("lookups")) {
      lookups.add(
          new Lookup(
              node.path("name").asText(),
              node.path("version").asText(),
              node.path("format").asText(),
              node.path("path").asText(),
              node.hasNonNull("position")
                  ? Optional.of(content(node.get("position")))
                  : Optional.empty(),
              node.path("current").asBoolean(),
              node.path("ageMs").asLong(),
              node.path("missed").asLong(),
              text(node.path("problem"), "message").map(Reason::brief)));
    }
    return lookups;
  }

  /**
   * An answer to a question in SQL.
   *
   * @param positions where each view that was read stood, by name
   * @param contents which content of each lookup was read, by name
   * @param notes what to know of it
   * @param columns names and types, in order
   * @param rows values in the order of the columns
   * @param more whether the limit left rows out
   * @param body as it came
   */
  public record SqlAnswer(
      Map<String, Seam> positions,
      Map<String, Content> contents,
      List<String> notes,
      Map<String, String> columns,
      List<List<JsonNode>> rows,
      boolean more,
      JsonNode body) {}

  /**
   * An answer whose bytes are handed on as they come.
   *
   * @param body ends with an error if it is not whole; to be closed
   * @param rows how many rows there are
   * @param more whether the limit left rows out
   * @param cursor where to go on
   */
  public record Download(InputStream body, long rows, boolean more, Optional<String> cursor)
      implements AutoCloseable {
    @Override
    public void close() {
      try {
        body.close();
      } catch (IOException e) {
        // What was wanted of it has been read.
      }
    }
  }

  /**
   * @param parameters values of its {@code :name}s, texts
   * @throws MillraceException with the code and message of the serving layer
   */
  public SqlAnswer sql(String sql, Map<String, String> parameters, int limit) {
    return sql(sql, parameters, limit, Map.of());
  }

  /** As below, of a number of rows. */
  public SqlAnswer sql(
      String sql, Map<String, String> parameters, int limit, Map<String, String> words) {
    return sql(sql, parameters, Integer.toString(limit), words);
  }

  /**
   * As {@link #sql(String, Map, int)}.
   *
   * @param limit a number, or {@code all}
   * @param words further ones of the request: {@code layer}, {@code at_least}, {@code timeout}
   */
  public SqlAnswer sql(
      String sql, Map<String, String> parameters, String limit, Map<String, String> words) {
    JsonNode body = answer(question(sql, parameters, limit, words), patience(words));
    Map<String, Seam> positions = new LinkedHashMap<>();
    Map<String, Content> contents = new LinkedHashMap<>();
    for (JsonNode relation : body.path("relations")) {
      JsonNode position = relation.path("position");
      if (relation.has("lookup")) {
        contents.put(relation.path("lookup").asText(), content(position));
      } else {
        positions.put(relation.path("view").asText(), seam(position));
      }
    }
    List<String> notes = new ArrayList<>();
    body.path("notes").forEach(note -> notes.add(note.asText()));
    Map<String, String> columns = columns(body);
    return new SqlAnswer(
        positions,
        contents,
        notes,
        columns,
        rows(body, columns),
        body.path("more").asBoolean(),
        body);
  }

  /**
   * As {@link #sql}, in a form of the serving layer.
   *
   * @param limit a number, or {@code all}
   * @param format {@code csv}, {@code ndjson}, {@code arrow} or {@code parquet}
   */
  public Download sql(
      String sql,
      Map<String, String> parameters,
      String limit,
      Map<String, String> words,
      String format) {
    return download(question(sql, parameters, limit, words), patience(words), format);
  }

  private HttpRequest.Builder question(
      String sql, Map<String, String> parameters, String limit, Map<String, String> words) {
    ObjectNode question = JSON.createObjectNode();
    question.put("sql", sql);
    if (limit.equals("all")) {
      question.put("limit", limit);
    } else {
      question.put("limit", Integer.parseInt(limit));
    }
    question.set("parameters", JSON.valueToTree(parameters));
    words.forEach(question::put);
    return HttpRequest.newBuilder(URI.create(base + "/v1/sql"))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(question.toString()));
  }

  private static Map<String, String> columns(JsonNode body) {
    Map<String, String> columns = new LinkedHashMap<>();
    body.path("columns")
        .forEach(column -> columns.put(column.path("name").asText(), column.path("type").asText()));
    return columns;
  }

  private static List<List<JsonNode>> rows(JsonNode body, Map<String, String> columns) {
    List<List<JsonNode>> rows = new ArrayList<>();
    for (JsonNode row : body.path("rows")) {
      rows.add(columns.keySet().stream().map(row::get).toList());
    }
    return rows;
  }

  /**
   * @param key whether it is a group column
   */
  public record Column(String name, boolean key) {}

  /**
   * The columns of the version that answers; none if it is not known yet.
   *
   * @throws MillraceException {@code VIEW_UNKNOWN}
   */
  public List<Column> columns(String view) {
    List<Column> columns = new ArrayList<>();
    for (JsonNode node : get(path(view), Map.of()).path("columns")) {
      columns.add(new Column(node.path("name").asText(), node.path("key").asBoolean()));
    }
    return columns;
  }

  /**
   * @param type Spark SQL type
   * @param key whether it is a group column
   */
  public record Described(String name, String type, boolean key) {}

  /**
   * All columns of the version that answers; none if it is not known yet.
   *
   * @throws MillraceException {@code VIEW_UNKNOWN}
   */
  public List<Described> describe(String view) {
    List<Described> columns = new ArrayList<>();
    for (JsonNode node : get(path(view), Map.of()).path("columns")) {
      columns.add(
          new Described(
              node.path("name").asText(),
              node.path("type").asText(),
              node.path("key").asBoolean()));
    }
    return columns;
  }

  private static String path(String view) {
    // In a path a plus is a plus.
    return "/v1/views/" + URLEncoder.encode(view, StandardCharsets.UTF_8).replace("+", "%20");
  }

  public List<View> views() {
    List<View> views = new ArrayList<>();
    for (JsonNode node : get("/v1/views", Map.of()).path("views")) {
      views.add(
          new View(
              node.path("name").asText(),
              node.path("version").asText(),
              node.path("comment").asText(""),
              node.path("source").asText(),
              text(node, "reason").map(Reason::brief),
              text(node.path("problem"), "message").map(Reason::brief),
              node.hasNonNull("position")
                  ? Optional.of(seam(node.get("position")))
                  : Optional.empty()));
    }
    return views;
  }

  /**
   * @param parameters as the API takes them: {@code limit}, {@code cursor}, {@code layer},
   *     conditions
   * @throws MillraceException with the code and message of the serving layer
   */
  public Page rows(String view, Map<String, String> parameters) {
    JsonNode body = get(path(view) + "/rows", withPrefixes(parameters));
    Map<String, String> columns = columns(body);
    return new Page(
        body.path("view").asText(),
        body.path("version").asText(),
        seam(body.path("position")),
        columns,
        rows(body, columns),
        body.path("more").asBoolean(),
        text(body, "cursor"));
  }

  /** As {@link #rows(String, Map)}, in a form of the serving layer, as of SQL. */
  public Download rows(String view, Map<String, String> parameters, String format) {
    return download(
        request(path(view) + "/rows", withPrefixes(parameters)), patience(parameters), format);
  }

  /** A view may have columns that are called like the request's words. */
  private static Map<String, String> withPrefixes(Map<String, String> parameters) {
    Map<String, String> prefixed = new LinkedHashMap<>();
    parameters.forEach(
        (name, value) -> prefixed.put(WORDS.contains(name) ? "$" + name : name, value));
    return prefixed;
  }

  private JsonNode get(String path, Map<String, String> parameters) {
    return answer(request(path, parameters), patience(parameters));
  }

  private HttpRequest.Builder request(String path, Map<String, String> parameters) {
    StringBuilder query = new StringBuilder();
    parameters.forEach(
        (name, value) ->
            query
                .append(query.isEmpty() ? '?' : '&')
                .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
    return HttpRequest.newBuilder(URI.create(base + path + query));
  }

  /** With the time that the serving layer is asked to wait. */
  private Duration patience(Map<String, String> words) {
    String timeout = words.getOrDefault("timeout", words.get("$timeout"));
    try {
      return timeout == null ? patience : patience.plus(Durations.parse(timeout));
    } catch (IllegalArgumentException e) {
      // The serving layer says what is wrong with it.
      return patience;
    }
  }

  private JsonNode answer(HttpRequest.Builder request, Duration time) {
    return asked(
        time,
        () -> {
          HttpResponse<byte[]> answer =
              http.send(request.timeout(time).build(), HttpResponse.BodyHandlers.ofByteArray());
          JsonNode body = JSON.readTree(answer.body());
          if (answer.statusCode() != 200) {
            throw problem(answer.statusCode(), body);
          }
          return body;
        });
  }

  private Download download(HttpRequest.Builder request, Duration time, String format) {
    return asked(
        time,
        () -> {
          HttpResponse<InputStream> answer =
              http.send(
                  request.timeout(time).header("Accept", MEDIA_TYPES.get(format)).build(),
                  HttpResponse.BodyHandlers.ofInputStream());
          if (answer.statusCode() != 200) {
            try (InputStream body = answer.body()) {
              throw problem(answer.statusCode(), JSON.readTree(body));
            }
          }
          HttpHeaders said = answer.headers();
          return new Download(
              answer.body(),
              said.firstValueAsLong("Millrace-Rows").orElse(0),
              said.firstValue("Millrace-More").filter("true"::equals).isPresent(),
              said.firstValue("Millrace-Cursor"));
        });
  }

  private interface Question<T> {
    T ask() throws IOException, InterruptedException;
  }

  private <T> T asked(Duration patience, Question<T> question) {
    try {
      return question.ask();
    } catch (JsonProcessingException e) {
      throw new MillraceException(
          ErrorCode.SERVING_UNREACHABLE,
          "cannot ask the serving layer: found that what answers at "
              + base
              + " is not Millrace, expected JSON; correct serving.host and serving.port",
          e);
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.SERVING_UNREACHABLE,
          "cannot ask the serving layer: found no answer at "
              + base
              + (e instanceof HttpTimeoutException && !(e instanceof HttpConnectTimeoutException)
                  ? " within " + Durations.format(patience) + ": it hangs or is very busy"
                  : " (" + Reason.of(e) + ")")
              + ", expected it to run; see 'millrace status', or correct serving.host and"
              + " serving.port",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.INTERNAL, "interrupted while asking " + base, e);
    }
  }

  private static MillraceException problem(int status, JsonNode body) {
    String code = body.path("code").asText();
    for (ErrorCode known : ErrorCode.values()) {
      if (known.name().equals(code)) {
        return new MillraceException(known, body.path("message").asText());
      }
    }
    return new MillraceException(
        ErrorCode.INTERNAL, "cannot ask the serving layer: found status " + status + ": " + body);
  }

  private static Seam seam(JsonNode node) {
    return new Seam(
        text(node, "runId"),
        position(node.path("boundary")),
        position(node.path("live")),
        node.path("ageMs").asLong());
  }

  private static Position position(JsonNode node) {
    Map<Integer, Long> offsets = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      offsets.put(Integer.parseInt(entry.getKey()), entry.getValue().asLong());
    }
    return Position.of(offsets);
  }

  private static Optional<String> text(JsonNode node, String name) {
    return node.hasNonNull(name) ? Optional.of(node.get(name).asText()) : Optional.empty();
  }
}

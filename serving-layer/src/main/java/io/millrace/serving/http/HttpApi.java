package io.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.lookup.ServedLookups;
import io.millrace.serving.query.OrderedRows;
import io.millrace.serving.query.Queries;
import io.millrace.serving.query.SqlQueries;
import io.millrace.serving.report.Readiness;
import io.millrace.serving.report.ServingMetrics;
import io.millrace.serving.report.ViewReports;
import io.millrace.serving.spool.Spools;
import io.millrace.serving.view.NotReachedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP API: a path and its parameters to an answer. {@code openapi.json} is its contract.
 *
 * <p>Thread-safe.
 */
public final class HttpApi {
  private static final Logger LOG = LoggerFactory.getLogger(HttpApi.class);
  private static final String VIEWS = "/v1/views";
  private static final String LOOKUPS = "/v1/lookups";

  /** Where questions in SQL are asked. */
  static final String SQL = "/v1/sql";

  private static final Duration PATIENT_NO_MORE = Duration.ofSeconds(Long.MAX_VALUE);

  private static final Map<String, String> FILES =
      Map.of(
          "/", "index.html",
          "/app.js", "app.js",
          "/app.css", "app.css",
          "/icon.svg", "icon.svg",
          "/v1/openapi.json", "openapi.json");
  private static final Map<String, String> CONTENT_TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "svg", "image/svg+xml",
          "json", Reply.JSON);

  private final ViewReports reports;
  private final ServedLookups lookups;
  private final RowsEndpoint rows;
  private final SqlEndpoint sql;
  private final ServingMetrics metrics;
  private final Readiness readiness;
  private final Supplier<Optional<String>> dead;

  /**
   * @param spools where answers are kept until their clients have read them
   * @param dead why only a restart helps, if so
   */
  public HttpApi(
      ViewReports reports,
      ServedLookups lookups,
      Queries queries,
      OrderedRows ordered,
      SqlQueries sql,
      Spools spools,
      ServingMetrics metrics,
      Readiness readiness,
      Supplier<Optional<String>> dead) {
    this.reports = reports;
    this.lookups = lookups;
    this.rows = new RowsEndpoint(queries, ordered, spools, metrics);
    this.sql = new SqlEndpoint(sql, spools, metrics);
    this.metrics = metrics;
    this.readiness = readiness;
    this.dead = dead;
  }

  /**
   * Answers a GET, without waiting for a position. Never throws: what goes wrong is an answer with
   * a code and a message.
   *
   * @param path decoded
   * @param parameters decoded
   * @param client who asks: what one client keeps open is no other's loss
   */
  public Reply get(String path, Map<String, List<String>> parameters, String client) {
    return get(path, parameters, client, Wishes.NONE);
  }

  /** As above, with what the request's headers say of the answer. */
  public Reply get(
      String path, Map<String, List<String>> parameters, String client, Wishes wishes) {
    return get(path, parameters, client, wishes, PATIENT_NO_MORE);
  }

  /** Answers a POST of {@link #SQL}, as {@link #get}. */
  public Reply post(byte[] body) {
    return post(body, Map.of(), Wishes.NONE, PATIENT_NO_MORE);
  }

  /**
   * As {@link #get}, for who can wait.
   *
   * @param waited since the question came
   * @throws NotReachedException while it may wait: it is to be asked again
   */
  Reply get(
      String path,
      Map<String, List<String>> parameters,
      String client,
      Wishes wishes,
      Duration waited) {
    return answered(path, waited, () -> route(path, parameters, client, wishes, waited));
  }

  /** As {@link #post}, for who can wait. */
  Reply post(byte[] body, Map<String, List<String>> parameters, Wishes wishes, Duration waited) {
    return answered(
        SQL,
        waited,
        () ->
            sql.answer(
                () -> SqlRequests.ofBody(body),
                SqlRequests.formatOfPost(parameters),
                wishes,
                waited));
  }

  private static Reply answered(String path, Duration waited, Supplier<Reply> answer) {
    try {
      return answer.get();
    } catch (NotReachedException e) {
      if (mayWait(e, waited)) {
        throw e;
      }
      return JsonViews.error(status(e.code()), e);
    } catch (MillraceException e) {
      return JsonViews.error(status(e.code()), e);
    } catch (RuntimeException e) {
      LOG.error("cannot answer {}", path, e);
      return JsonViews.error(
          500,
          new MillraceException(
              ErrorCode.INTERNAL,
              "cannot answer: found an unexpected " + e + "; the serving log has the details"));
    }
  }

  /** The HTTP status of an error code. */
  static int status(ErrorCode code) {
    return switch (code) {
      case VIEW_UNKNOWN, NOT_FOUND -> 404;
      case NOT_ACCEPTABLE -> 406;
      case BAD_REQUEST, UNKNOWN_COLUMN, SQL_SYNTAX, INVALID_SQL, NOT_SUPPORTED, NOT_MERGEABLE ->
          400;
      case QUERY_LIMIT -> 422;
      case CURSOR_EXPIRED -> 410;
      case NOT_REACHED -> 504;
      case VIEW_NOT_READY,
          SEGMENT_GAP,
          AUDIT_MISMATCH,
          TOPIC_CHANGED,
          LAYOUT_CHANGED,
          LOOKUP_FAILED,
          BUSY,
          DISK_FULL ->
          503;
      default -> 500;
    };
  }

  /** Whether a question is to be asked again instead of answered. */
  static boolean mayWait(NotReachedException e, Duration waited) {
    return waited.compareTo(e.timeout()) < 0;
  }

  private Reply route(
      String path,
      Map<String, List<String>> parameters,
      String client,
      Wishes wishes,
      Duration waited) {
    String file = FILES.get(path);
    if (file != null) {
      return file(file);
    }
    if (path.equals("/metrics")) {
      return Reply.text(metrics.contentType(), metrics.scrape());
    }
    if (path.equals("/v1/health/live")) {
      return live();
    }
    if (path.equals("/v1/health/ready")) {
      return ready();
    }
    if (path.equals(SQL)) {
      return sql.answer(
          () -> SqlRequests.ofParameters(parameters),
          SqlRequests.format(parameters),
          wishes,
          waited);
    }
    if (path.equals(VIEWS)) {
      noParameters(path, parameters);
      return list();
    }
    if (path.equals(LOOKUPS)) {
      noParameters(path, parameters);
      return JsonLookups.list(lookups.reports(), Instant.now());
    }
    if (path.startsWith(VIEWS + "/")) {
      String[] rest = path.substring(VIEWS.length() + 1).split("/", -1);
      if (rest.length == 1 && !rest[0].isEmpty()) {
        noParameters(path, parameters);
        return view(rest[0]);
      }
      if (rest.length == 2 && rest[1].equals("rows")) {
        String metered = reports.known(rest[0]) ? rest[0] : "unknown";
        return rows.answer(rest[0], metered, parameters, client, wishes, waited);
      }
    }
    return JsonViews.error(
        404,
        new MillraceException(
            ErrorCode.NOT_FOUND,
            "cannot answer "
                + path
                + ": found no such path, expected one of those that /v1/openapi.json describes;"
                + " correct it"));
  }

  private Reply list() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    ArrayNode nodes = body.putArray("views");
    reports.answering().forEach(view -> nodes.add(JsonViews.summary(view)));
    return Reply.json(200, body);
  }

  private Reply view(String name) {
    return Reply.json(
        200, JsonViews.details(reports.versions(name), reports.answering(name), readiness.state()));
  }

  private Reply live() {
    ObjectNode said = JsonNodeFactory.instance.objectNode();
    Optional<String> why = dead.get();
    said.put("status", why.isPresent() ? "dead" : "live");
    why.ifPresent(text -> said.put("dead", text));
    return Reply.json(why.isPresent() ? 503 : 200, said);
  }

  private Reply ready() {
    Readiness.Answer now = readiness.now();
    return Reply.json(now.ready() ? 200 : 503, JsonViews.readiness(now));
  }

  private static void noParameters(String path, Map<String, List<String>> parameters) {
    if (!parameters.isEmpty()) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot answer "
              + path
              + ": found query parameters "
              + parameters.keySet()
              + ", expected none; conditions belong to "
              + VIEWS
              + "/{view}/rows");
    }
  }

  private static Reply file(String name) {
    try (InputStream resource = HttpApi.class.getResourceAsStream(name)) {
      String extension = name.substring(name.lastIndexOf('.') + 1);
      return new Reply(200, CONTENT_TYPES.get(extension), resource.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.lookup.ServedLookups;
import io.millrace.serving.query.Queries;
import io.millrace.serving.query.RowsAnswer;
import io.millrace.serving.query.RowsQuery;
import io.millrace.serving.query.SqlQueries;
import io.millrace.serving.query.SqlQuery;
import io.millrace.serving.report.Readiness;
import io.millrace.serving.report.ServingMetrics;
import io.millrace.serving.report.ViewReports;
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
  private final Queries queries;
  private final SqlQueries sql;
  private final long sqlBytes;
  private final ServingMetrics metrics;
  private final Readiness readiness;
  private final Supplier<Optional<String>> dead;

  /**
   * @param sqlBytes most bytes of an answer to a question in SQL
   * @param dead why only a restart helps, if so
   */
  public HttpApi(
      ViewReports reports,
      ServedLookups lookups,
      Queries queries,
      SqlQueries sql,
      long sqlBytes,
      ServingMetrics metrics,
      Readiness readiness,
      Supplier<Optional<String>> dead) {
    this.reports = reports;
    this.lookups = lookups;
    this.queries = queries;
    this.sql = sql;
    this.sqlBytes = sqlBytes;
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
    return get(path, parameters, client, PATIENT_NO_MORE);
  }

  /** Answers a POST of {@link #SQL}, as {@link #get}. */
  public Reply post(byte[] body) {
    return post(body, PATIENT_NO_MORE);
  }

  /**
   * As {@link #get}, for who can wait.
   *
   * @param waited since the question came
   * @throws NotReachedException while it may wait: it is to be asked again
   */
  Reply get(String path, Map<String, List<String>> parameters, String client, Duration waited) {
    return answered(path, waited, () -> route(path, parameters, client, waited));
  }

  /** As {@link #post}, for who can wait. */
  Reply post(byte[] body, Duration waited) {
    return answered(SQL, waited, () -> sql(() -> SqlRequests.ofBody(body), waited));
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
          BUSY ->
          503;
      default -> 500;
    };
  }

  private static boolean mayWait(NotReachedException e, Duration waited) {
    return waited.compareTo(e.timeout()) < 0;
  }

  private Reply route(
      String path, Map<String, List<String>> parameters, String client, Duration waited) {
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
      return sql(() -> SqlRequests.ofParameters(parameters), waited);
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
        return rows(rest[0], parameters, client, waited);
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

  private Reply rows(
      String name, Map<String, List<String>> parameters, String client, Duration waited) {
    boolean answered = true;
    long started = System.nanoTime();
    String outcome = ErrorCode.INTERNAL.name();
    String layer = "unknown";
    int rows = 0;
    boolean known = reports.known(name);
    try {
      RowsQuery query = new RowsQuery(name, parameters);
      layer = query.layer().label();
      RowsAnswer answer = queries.answer(query, client);
      rows = answer.rows().size();
      Reply reply = JsonViews.rows(answer);
      outcome = "OK";
      return reply;
    } catch (MillraceException e) {
      answered = !(e instanceof NotReachedException behind && mayWait(behind, waited));
      outcome = e.code().name();
      throw e;
    } finally {
      if (answered) {
        metrics.query(known ? name : "unknown", layer, outcome, rows, System.nanoTime() - started);
      }
    }
  }

  private Reply sql(Supplier<SqlQuery> query, Duration waited) {
    boolean answered = true;
    long started = System.nanoTime();
    String outcome = ErrorCode.INTERNAL.name();
    String layer = "unknown";
    SqlJson answer = new SqlJson(sqlBytes);
    try {
      SqlQuery asked = query.get();
      layer = asked.layer().label();
      sql.answer(asked, answer);
      outcome = "OK";
      return answer.reply();
    } catch (MillraceException e) {
      answered = !(e instanceof NotReachedException behind && mayWait(behind, waited));
      outcome = e.code().name();
      throw e;
    } finally {
      if (answered) {
        metrics.query("sql", layer, outcome, answer.rows(), System.nanoTime() - started);
      }
    }
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

package io.millrace.view.internal.avro;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.config.Secrets;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.RejectedRecordException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/**
 * Schemas of a registry that speaks Confluent's HTTP API, by id. An id never changes its meaning,
 * so what was found is kept for good; that one is not there is believed for {@link #ABSENT}.
 *
 * <p>Thread-safe; one per URL and process.
 */
final class RegistryClient {
  /** How long an id that the registry does not have is not asked for again. */
  static final Duration ABSENT = Duration.ofSeconds(10);

  private static final Map<String, RegistryClient> CLIENTS = new ConcurrentHashMap<>();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ATTEMPTS = 4;
  private static final long FIRST_PAUSE_MS = 100;
  private static final Set<Integer> ABSENT_CODES = Set.of(40401, 40402, 40403);
  private static final int MAX_ABSENT = 10_000;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final String url;
  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_TIMEOUT)
          .followRedirects(HttpClient.Redirect.NORMAL)
          .build();
  private final Map<Integer, Schema> schemas = new ConcurrentHashMap<>();
  private final Map<Integer, Rejection> rejections = new ConcurrentHashMap<>();

  /**
   * Why an id gives no schema.
   *
   * @param until {@link System#nanoTime} at which it is asked for again
   */
  private record Rejection(String reason, long until) {}

  private RegistryClient(String url) {
    this.url = url;
  }

  static RegistryClient of(String url) {
    return CLIENTS.computeIfAbsent(url, RegistryClient::new);
  }

  /**
   * @throws RejectedRecordException if the registry answers that there is no such Avro schema
   * @throws MillraceException {@code REGISTRY_UNREACHABLE} if it does not answer, or not to us
   */
  Schema schema(int id) throws RejectedRecordException {
    Schema known = schemas.get(id);
    if (known != null) {
      return known;
    }
    Rejection rejection = rejections.get(id);
    if (rejection != null && rejection.until() - System.nanoTime() > 0) {
      throw new RejectedRecordException(rejection.reason());
    }
    try {
      Schema schema = fetch(id);
      schemas.put(id, schema);
      rejections.remove(id);
      return schema;
    } catch (RejectedRecordException e) {
      if (rejections.size() >= MAX_ABSENT) {
        rejections.clear();
      }
      rejections.put(id, new Rejection(e.getMessage(), System.nanoTime() + ABSENT.toNanos()));
      throw e;
    }
  }

  private Schema fetch(int id) throws RejectedRecordException {
    JsonNode answer = get("/schemas/ids/" + id);
    if (answer == null) {
      throw new RejectedRecordException(
          "found schema id " + Integer.toUnsignedString(id) + ", which is not in the registry");
    }
    String type = answer.path("schemaType").asText("AVRO");
    if (!type.equals("AVRO")) {
      throw new RejectedRecordException(
          "found schema id " + id + ", which is " + type + " in the registry, expected Avro");
    }
    Schema.Parser parser = new Schema.Parser();
    try {
      addReferences(answer, parser, new HashSet<>());
      return parser.parse(answer.path("schema").asText());
    } catch (AvroRuntimeException | NullPointerException e) {
      throw new RejectedRecordException(
          "found schema id " + id + ", which is not valid in the registry: " + e.getMessage());
    }
  }

  /** Parses the schemas that a schema refers to by name, before it. */
  private void addReferences(JsonNode answer, Schema.Parser parser, Set<String> seen)
      throws RejectedRecordException {
    for (JsonNode reference : answer.path("references")) {
      String subject = reference.path("subject").asText();
      String path =
          "/subjects/"
              + URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20")
              + "/versions/"
              + reference.path("version").asInt();
      if (seen.add(path)) {
        JsonNode referred = get(path);
        if (referred == null) {
          throw new RejectedRecordException(
              "found a schema that refers to " + path + ", which is not in the registry");
        }
        addReferences(referred, parser, seen);
        parser.parse(referred.path("schema").asText());
      }
    }
  }

  /** The answer; null if there is no such thing. */
  private JsonNode get(String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(TIMEOUT)
            .header("Accept", "application/vnd.schemaregistry.v1+json, application/json")
            .GET()
            .build();
    String problem = "";
    Exception cause = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) {
        pause(FIRST_PAUSE_MS << (attempt - 1));
      }
      try {
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        int status = response.statusCode();
        if (status == 404 && ABSENT_CODES.contains(errorCode(response.body()))) {
          return null;
        }
        if (status == 200) {
          return JSON.readTree(response.body());
        }
        problem = "status " + status;
        if (status < 500 && status != 429) {
          break;
        }
      } catch (JsonProcessingException e) {
        problem = "an answer that is not of the registry API";
        cause = e;
        break;
      } catch (IOException e) {
        problem = "no answer (" + e.getClass().getSimpleName() + ")";
        cause = e;
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
    throw new MillraceException(
        ErrorCode.REGISTRY_UNREACHABLE,
        "cannot look up a schema: found "
            + problem
            + " at "
            + Secrets.withoutPasswords(request.uri().toString())
            + ", expected a schema registry; start it, or correct registry.url and apply again",
        cause);
  }

  /** The API's own code, by which a missing schema differs from a wrong URL; 0 if there is none. */
  private static int errorCode(String body) throws JsonProcessingException {
    return JSON.readTree(body).path("error_code").asInt();
  }

  private static void pause(long milliseconds) {
    try {
      CompletableFuture.runAsync(
              () -> {},
              CompletableFuture.delayedExecutor(milliseconds, TimeUnit.MILLISECONDS, Runnable::run))
          .get();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static MillraceException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new MillraceException(
        ErrorCode.REGISTRY_UNREACHABLE, "cannot look up a schema: interrupted while waiting", e);
  }
}

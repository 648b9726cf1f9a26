package io.millrace.control.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer's health and metrics over HTTP, for machines. Thread-safe.
 *
 * <ul>
 *   <li>{@code GET /health/live}: 200 while the process can go on by itself, however long others
 *       are away: as long as nothing is {@link Layer#dead}. 503 says that only a restart helps.
 *   <li>{@code GET /health/ready}: 200 while the layer is running or degraded; its problems are in
 *       the body. 503 while it starts and stops.
 *   <li>{@code GET /metrics}: {@link Metrics#scrape}
 * </ul>
 *
 * <p>Health is JSON: {@code {"layer", "state", "problems"}}, and {@code "dead"} with the reason.
 */
final class Monitor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Monitor.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String JSON_TYPE = "application/json";
  private static final int THREADS = 4;
  private static final int BACKLOG = 16;

  /** Seconds in which a request must be read, so that who sends nothing keeps no thread. */
  private static final String REQUEST_TIME = "sun.net.httpserver.maxReqTime";

  private record Reply(int status, String type, String body) {}

  private final HttpServer server;
  private final ExecutorService threads;
  private final URI uri;
  private final Supplier<Health> health;
  private final Metrics metrics;

  private Monitor(String host, HttpServer server, Supplier<Health> health, Metrics metrics) {
    String name = host.contains(":") ? "[" + host + "]" : host;
    this.server = server;
    this.uri = URI.create("http://" + name + ":" + server.getAddress().getPort());
    this.health = health;
    this.metrics = metrics;
    this.threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "monitor");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Listens, if the configuration names a port.
   *
   * @param health asked for each request; must not wait for other processes
   * @param metrics stay the caller's
   * @throws MillraceException {@code PORT_IN_USE}
   */
  static Optional<Monitor> start(
      MillraceConfig.Monitor config, Supplier<Health> health, Metrics metrics) {
    if (config.port().isEmpty()) {
      return Optional.empty();
    }
    if (System.getProperty(REQUEST_TIME) == null) {
      System.setProperty(REQUEST_TIME, "5");
    }
    Monitor monitor =
        new Monitor(config.host(), listen(config.host(), config.port().get()), health, metrics);
    monitor.server.setExecutor(monitor.threads);
    monitor.server.createContext("/", monitor::answer);
    monitor.server.start();
    LOG.info("health and metrics on {}", monitor.uri);
    return Optional.of(monitor);
  }

  private static HttpServer listen(String host, int port) {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new MillraceException(
          ErrorCode.CONFIG_INVALID,
          "cannot offer health and metrics on "
              + host
              + ": found no such host, expected an address of this machine; set monitor.host");
    }
    try {
      return HttpServer.create(address, BACKLOG);
    } catch (IOException e) {
      throw new MillraceException(
          ErrorCode.PORT_IN_USE,
          "cannot offer health and metrics on "
              + host
              + ":"
              + port
              + ": found the address in use or not one of this machine's ("
              + e.getMessage()
              + "), expected it free; stop what uses it, or set monitor.port to another port",
          e);
    }
  }

  /** Where it listens: {@code http://127.0.0.1:9464}. */
  URI uri() {
    return uri;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply;
      try {
        reply = reply(exchange.getRequestMethod(), exchange.getRequestURI().getPath());
      } catch (RuntimeException e) {
        LOG.error("cannot answer {}", exchange.getRequestURI(), e);
        reply = error(500, "cannot answer: found " + e + ", expected no such error; see the log");
      }
      byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", reply.type());
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      if (reply.status() == 405) {
        exchange.getResponseHeaders().set("Allow", "GET");
      }
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(reply.status(), head ? -1 : body.length);
      if (!head) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  private Reply reply(String method, String path) {
    if (!List.of("/health/live", "/health/ready", "/metrics").contains(path)) {
      return error(
          404, "cannot find " + path + ": expected /health/live, /health/ready or /metrics");
    }
    if (!method.equals("GET")) {
      return error(405, "cannot answer a " + method + ": expected GET");
    }
    if (path.equals("/metrics")) {
      return new Reply(200, Metrics.CONTENT_TYPE, metrics.scrape());
    }
    Health now = health.get();
    boolean well = path.equals("/health/live") ? now.dead().isEmpty() : now.ready();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("layer", now.layer());
    body.put("state", now.state());
    body.put("problems", now.problems());
    now.dead().ifPresent(why -> body.put("dead", why));
    return new Reply(well ? 200 : 503, JSON_TYPE, json(body));
  }

  private static Reply error(int status, String message) {
    return new Reply(status, JSON_TYPE, json(Map.of("error", message)));
  }

  private static String json(Map<String, Object> body) {
    try {
      return JSON.writeValueAsString(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + body + " as JSON", e);
    }
  }

  /** Ends at once, with what is being answered. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}

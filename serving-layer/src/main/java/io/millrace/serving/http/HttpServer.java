package io.millrace.serving.http;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.net.BindException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** {@link HttpApi} on a socket. */
public final class HttpServer implements AutoCloseable {
  private static final int MAX_THREADS = 64;
  private static final int MIN_THREADS = 4;
  private static final long STOP_MS = 2_000;

  private final Server server;
  private final ServerConnector connector;
  private final MillraceConfig.Serving config;

  public HttpServer(MillraceConfig.Serving config, HttpApi api) {
    this.config = config;
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
    threads.setName("serving-http");
    threads.setDaemon(true);
    this.server = new Server(threads);
    this.server.setStopTimeout(STOP_MS);
    this.connector = new ServerConnector(server, 1, 1);
    this.connector.setHost(config.host());
    this.connector.setPort(config.port());
    this.server.addConnector(connector);
    this.server.setHandler(new ApiHandler(api));
  }

  /**
   * @throws MillraceException {@code PORT_IN_USE}
   */
  public void start() {
    try {
      server.start();
    } catch (Exception e) {
      close();
      throw bindFailure(e);
    }
  }

  /** Where it listens: {@code http://127.0.0.1:8080}. */
  public URI uri() {
    String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    return URI.create("http://" + host + ":" + connector.getLocalPort());
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("cannot stop the HTTP server", e);
    }
  }

  private MillraceException bindFailure(Exception e) {
    String address = config.host() + ":" + config.port();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return new MillraceException(
            ErrorCode.PORT_IN_USE,
            "cannot serve on "
                + address
                + ": found the address in use or not one of this machine's ("
                + cause.getMessage()
                + "), expected it free; stop what uses it, or set serving.port to another port",
            e);
      }
    }
    return new MillraceException(
        ErrorCode.CONFIG_INVALID,
        "cannot serve on "
            + address
            + ": found "
            + e
            + ", expected an address of this machine; set serving.host and serving.port",
        e);
  }

  private static final class ApiHandler extends Handler.Abstract {
    private final HttpApi api;

    private ApiHandler(HttpApi api) {
      this.api = api;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      Reply reply = reply(request);
      response.setStatus(reply.status());
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, reply.contentType());
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, reply.body().length);
      response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
      response.getHeaders().put("X-Content-Type-Options", "nosniff");
      response
          .getHeaders()
          .put("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
      reply.headers().forEach(response.getHeaders()::put);
      if (reply.status() == 405) {
        response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
      }
      boolean head = HttpMethod.HEAD.is(request.getMethod());
      response.write(true, head ? ByteBuffer.allocate(0) : ByteBuffer.wrap(reply.body()), callback);
      return true;
    }

    private Reply reply(Request request) {
      String method = request.getMethod();
      if (!HttpMethod.GET.is(method) && !HttpMethod.HEAD.is(method)) {
        return JsonViews.error(
            405,
            new MillraceException(
                ErrorCode.BAD_REQUEST,
                "cannot answer a " + method + ": expected GET or HEAD; serving only reads"));
      }
      Map<String, List<String>> parameters = new LinkedHashMap<>();
      try {
        for (Fields.Field field : Request.extractQueryParameters(request)) {
          parameters.put(field.getName(), List.copyOf(field.getValues()));
        }
      } catch (BadMessageException | IllegalArgumentException e) {
        return JsonViews.error(
            400,
            new MillraceException(
                ErrorCode.BAD_REQUEST,
                "cannot read the query parameters: found "
                    + e.getMessage()
                    + ", expected them percent-encoded as UTF-8"));
      }
      return api.get(Request.getPathInContext(request), parameters);
    }
  }
}

package io.millrace.serving.http;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.net.BindException;
import java.net.URI;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link HttpApi} on a socket. Jetty's threads read, write and say that the process lives; the
 * answers are computed on others. Every wait of a connection is bounded, and so is how many there
 * are ({@link ConnectionWatch}).
 */
public final class HttpServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

  private static final int MAX_THREADS = 64;
  private static final int MIN_THREADS = 4;
  private static final long SWEEP_MS = 1_000;
  private static final long STOP_MS = 2_000;

  private final Server server;
  private final ServerConnector connector;
  private final MillraceConfig.Serving config;
  private final ConnectionWatch watch;
  private final AnswerThreads workers;
  private volatile Future<?> sweeps;
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "serving-http-sweeper"));

  public HttpServer(MillraceConfig.Serving config, HttpApi api) {
    this(
        config,
        api,
        new ConnectionWatch(ConnectionWatch.HEADER, ConnectionWatch.ANSWER, System::nanoTime));
  }

  HttpServer(MillraceConfig.Serving config, HttpApi api, ConnectionWatch watch) {
    this.config = config;
    this.watch = watch;
    this.workers = new AnswerThreads();
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
    threads.setName("serving-http");
    threads.setDaemon(true);
    this.server = new Server(threads);
    this.server.setStopTimeout(STOP_MS);
    this.connector = new ServerConnector(server, 1, 1);
    this.connector.setIdleTimeout(watch.header().toMillis());
    this.connector.addBean(watch);
    this.connector.setHost(config.host());
    this.connector.setPort(config.port());
    this.server.addConnector(connector);
    this.server.setErrorHandler(new JsonErrors());
    this.server.setHandler(new GracefulHandler(new ApiHandler(api, workers, watch)));
  }

  /**
   * @throws MillraceException {@code PORT_IN_USE}
   */
  public void start() {
    try {
      server.start();
      sweeps =
          sweeper.scheduleWithFixedDelay(watch::sweep, SWEEP_MS, SWEEP_MS, TimeUnit.MILLISECONDS);
    } catch (Exception e) {
      close();
      throw bindFailure(e);
    }
  }

  /** Whether connections are closed in time no more, which only a new process brings back. */
  public boolean ended() {
    Future<?> now = sweeps;
    return now != null && now.isDone();
  }

  /** Where it listens: {@code http://127.0.0.1:8080}. */
  public URI uri() {
    String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    return URI.create("http://" + host + ":" + connector.getLocalPort());
  }

  /**
   * Ends in some seconds, whatever is being answered: what is not answered by then is broken off,
   * and its thread ends by itself.
   */
  @Override
  public void close() {
    sweeper.shutdownNow();
    try {
      server.stop();
    } catch (Exception e) {
      // Jetty says so last: it has stopped all the same.
      LOG.warn("answers were broken off at the end of the HTTP server: {}", e.toString());
    } finally {
      workers.close();
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
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
}

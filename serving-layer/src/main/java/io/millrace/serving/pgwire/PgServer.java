package io.millrace.serving.pgwire;

import io.millrace.control.config.MillraceConfig;
import io.millrace.serving.pgcatalog.PgCatalog;
import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.query.SqlQueries;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Postgres' wire on a socket. A thread per connection, of which there are so many at most; one more
 * accepts, one closes those whose time is over. A port that is taken is a {@link #problem}, and
 * keeps nothing else from being served. Thread-safe.
 */
public final class PgServer implements AutoCloseable, Connection.Server {
  private static final Logger LOG = LoggerFactory.getLogger(PgServer.class);

  private static final Connection.Times TIMES =
      new Connection.Times(
          Duration.ofSeconds(20), Duration.ofMinutes(1), Duration.ofHours(1), Duration.ZERO);

  /** Beyond the sessions: those that cancel, and those that are told that there are too many. */
  private static final int SPARE = 8;

  private static final int BACKLOG = 64;
  private static final long SWEEP_MS = 500;
  private static final long STOP_MS = 3_000;

  private final MillraceConfig.Serving config;
  private final Questions questions;
  private final Connection.Times times;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final Map<Integer, Admitted> sessions = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();
  private final ThreadPoolExecutor threads;
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "serving-pgwire-sweeper"));
  private volatile Optional<ServerSocket> socket = Optional.empty();
  private volatile Optional<String> problem = Optional.empty();
  private volatile Optional<Future<?>> sweeps = Optional.empty();
  private volatile Thread acceptor;
  private volatile boolean closed;
  private int lastProcess;

  private record Admitted(Connection connection, int secret) {}

  public PgServer(MillraceConfig.Serving config, SqlQueries queries, PgCatalog catalog) {
    this(
        config,
        queries,
        catalog,
        new Connection.Times(TIMES.start(), TIMES.message(), TIMES.idle(), config.cursorTimeout()));
  }

  PgServer(
      MillraceConfig.Serving config,
      SqlQueries queries,
      PgCatalog catalog,
      Connection.Times times) {
    this.config = config;
    this.questions = new Questions(queries, catalog);
    this.times = times;
    this.threads =
        new ThreadPoolExecutor(
            0,
            config.pgwire().connections() + SPARE,
            1,
            TimeUnit.MINUTES,
            new SynchronousQueue<>(),
            task -> daemon(task, "serving-pgwire"));
  }

  /** Listens, unless it is switched off; if it cannot, {@link #problem} says why. */
  public void start() {
    MillraceConfig.Pgwire wire = config.pgwire();
    if (wire.off()) {
      return;
    }
    try {
      socket = Optional.of(bound(wire));
    } catch (IOException e) {
      problem =
          Optional.of(
              "cannot serve Postgres' wire on "
                  + config.host()
                  + ":"
                  + wire.firstPort()
                  + ": found "
                  + e.getMessage()
                  + ", expected the address free; stop what uses it, or set serving.pgwire.port to"
                  + " another port, or to none");
      LOG.warn("{}; HTTP is served without it", problem.get());
      return;
    }
    acceptor = daemon(() -> accept(socket.get()), "serving-pgwire-accept");
    acceptor.start();
    sweeps =
        Optional.of(
            sweeper.scheduleWithFixedDelay(this::sweep, SWEEP_MS, SWEEP_MS, TimeUnit.MILLISECONDS));
    LOG.info("serves Postgres' wire on {}", address().orElseThrow());
  }

  private ServerSocket bound(MillraceConfig.Pgwire wire) throws IOException {
    try {
      return bound(wire.firstPort());
    } catch (IOException e) {
      if (!wire.auto()) {
        throw e;
      }
      LOG.warn(
          "cannot serve Postgres' wire on port {}: {}; takes a free one",
          wire.firstPort(),
          e.getMessage());
      return bound(0);
    }
  }

  private ServerSocket bound(int port) throws IOException {
    ServerSocket listening = new ServerSocket();
    try {
      listening.setReuseAddress(true);
      listening.bind(new InetSocketAddress(InetAddress.getByName(config.host()), port), BACKLOG);
      return listening;
    } catch (IOException e) {
      listening.close();
      throw e;
    }
  }

  /** Where it listens, {@code 127.0.0.1:5433}; empty if it does not. */
  public Optional<String> address() {
    String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    return socket.map(listening -> host + ":" + listening.getLocalPort());
  }

  /** Why it does not listen although it should. */
  public Optional<String> problem() {
    return problem;
  }

  /** Whether a thread of it has ended that only a new process brings back. */
  public boolean ended() {
    Thread accepts = acceptor;
    return !closed
        && (accepts != null && !accepts.isAlive() || sweeps.map(Future::isDone).orElse(false));
  }

  private void accept(ServerSocket listening) {
    while (!closed) {
      try {
        take(listening.accept());
      } catch (IOException e) {
        if (!closed) {
          LOG.warn("cannot accept a connection: {}; goes on", e.toString());
          rest();
        }
      } catch (RuntimeException | OutOfMemoryError e) {
        LOG.error("cannot take a connection: {}; goes on", e.toString(), e);
        rest();
      }
    }
  }

  /** What fails at once, as when there are no more files, would fail a million times a minute. */
  private static void rest() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void take(Socket client) throws IOException {
    Connection connection = new Connection(client, this, times);
    connections.add(connection);
    try {
      threads.execute(
          () -> {
            try {
              connection.run();
            } finally {
              connections.remove(connection);
              sessions.values().removeIf(admitted -> admitted.connection() == connection);
            }
          });
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      connections.remove(connection);
      client.close();
    }
  }

  @Override
  public synchronized int[] admit(Connection connection) {
    int most = config.pgwire().connections();
    if (sessions.size() >= most) {
      throw PgError.of(
              PgError.TOO_MANY_CONNECTIONS,
              "cannot start a session: found " + most + " connections, expected fewer")
          .hint("close some, or raise serving.pgwire.connections");
    }
    do {
      lastProcess = lastProcess % 30_000 + 1;
    } while (sessions.containsKey(lastProcess));
    int secret = random.nextInt();
    sessions.put(lastProcess, new Admitted(connection, secret));
    return new int[] {lastProcess, secret};
  }

  @Override
  public void cancel(int process, int secret) {
    Admitted admitted = sessions.get(process);
    if (admitted != null && MessageDigest.isEqual(bytes(admitted.secret()), bytes(secret))) {
      admitted.connection().cancel();
    }
  }

  private static byte[] bytes(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  @Override
  public Questions questions() {
    return questions;
  }

  private void sweep() {
    long now = System.nanoTime();
    for (Connection connection : connections) {
      if (now - connection.deadlineNanos() > 0) {
        LOG.debug("closes a connection whose time is over");
        connection.stop();
      }
    }
  }

  /** Sessions that are open. */
  public int sessions() {
    return sessions.size();
  }

  /** Ends every connection, and waits a while until what they held is let go. */
  @Override
  public void close() {
    closed = true;
    socket.ifPresent(
        listening -> {
          try {
            listening.close();
          } catch (IOException e) {
            LOG.debug("cannot close the port", e);
          }
        });
    sweeper.shutdownNow();
    connections.forEach(Connection::stop);
    threads.shutdown();
    try {
      if (!threads.awaitTermination(STOP_MS, TimeUnit.MILLISECONDS)) {
        LOG.warn("a question over Postgres' wire is still at work; it ends with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}

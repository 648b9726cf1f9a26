package io.millrace.serving.pgwire;

import io.millrace.control.config.MillraceConfig;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.pgcatalog.PgCatalog;
import io.millrace.serving.query.SqlQueries;
import io.millrace.view.CompiledView;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** A replica of two views with its server of Postgres' wire, on a free port. */
final class WireReplica implements AutoCloseable {
  /** Groups of the view {@code wide}. */
  static final int WIDE = 200_000;

  final Replica replica;
  final PgServer server;
  final int port;

  WireReplica(Path dir, Map<String, String> settings) {
    this(dir, settings, Duration.ofSeconds(20), Duration.ofMinutes(1));
  }

  WireReplica(Path dir, Map<String, String> settings, Duration start, Duration message) {
    replica = new Replica(dir);
    Orders orders = new Orders(2, 11);
    orders.add(0, "books", 10, 2.0, Instant.parse("2026-01-01T10:00:00Z"));
    orders.add(1, "books", 25, 3.5, Instant.parse("2026-01-02T10:00:00.123Z"));
    orders.add(0, "toys", 5, null, Instant.parse("2026-01-02T12:00:00Z"));
    orders.add(1, null, 7, 1.0, Instant.parse("2026-02-03T10:00:00Z"));
    serve(orders, "by_day", Orders.BY_DAY);
    serve(
        orders,
        "Mixed Case",
        "SELECT amount AS `The Amount`, count(*) AS n FROM orders GROUP BY amount");
    MillraceConfig.Serving config = config(settings);
    server =
        new PgServer(
            config,
            new SqlQueries(replica.views, replica.lookups, config.sql(), System::currentTimeMillis),
            new PgCatalog(replica.views),
            new io.millrace.serving.pgwire.Connection.Times(
                start, message, Duration.ofHours(1), config.cursorTimeout()));
    server.start();
    port = Integer.parseInt(server.address().orElseThrow().replaceAll(".*:", ""));
  }

  static MillraceConfig.Serving config(Map<String, String> settings) {
    Map<String, String> all = new java.util.HashMap<>(Map.of("serving.pgwire.port", "0"));
    all.putAll(settings);
    return MillraceConfig.load(Optional.empty(), Map.of(), all).serving();
  }

  void serve(Orders orders, String name, String sql) {
    CompiledView view = replica.apply(Orders.view(name, sql));
    replica.live(view, new LiveModel(view, orders).advance());
    replica.step();
  }

  /** Adds the view {@code wide}, of {@link #WIDE} groups. */
  void widen() {
    Orders orders = new Orders(1, 1);
    for (int i = 0; i < WIDE; i++) {
      orders.add(0, "c" + i % 7, i, i / 2.0, Instant.EPOCH);
    }
    serve(
        orders,
        "wide",
        "SELECT amount, max(category) AS category, avg(price) AS price FROM orders GROUP BY amount");
  }

  Connection connect(String more) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/millrace?user=ann" + more);
  }

  @Override
  public void close() {
    server.close();
    replica.close();
  }
}

package io.millrace.serving.pgwire;

import io.millrace.serving.pgcatalog.SessionFacts;
import io.millrace.serving.pgsql.PgError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a client has set, prepared and opened, within bounds. Thread-confined, but for {@link
 * #cancel}.
 */
final class Session implements AutoCloseable {
  private static final int MOST_STATEMENTS = 512;
  private static final int MOST_TEXT = 1 << 20;
  private static final int MOST_PORTALS = 32;

  private final String user;
  private final String database;
  private final int process;
  private final Variables variables;
  private final Consumer<String> notices;
  private final Map<String, Statement> statements = new LinkedHashMap<>();
  private final Map<String, Portal> portals = new LinkedHashMap<>();
  private char status = 'I';
  private volatile boolean cancelled;
  private volatile boolean idle = true;
  private volatile Portal running;

  /**
   * @param process its number, as clients are told
   * @param notices takes what the client is to be told besides
   */
  Session(String user, String database, int process, Consumer<String> notices) {
    this.user = user;
    this.database = database;
    this.process = process;
    this.notices = notices;
    this.variables = new Variables(user);
  }

  Variables variables() {
    return variables;
  }

  /** What the catalogue is to say of this session. */
  SessionFacts facts() {
    return new SessionFacts(user, database, process, variables.all());
  }

  void tell(List<String> notes) {
    notes.forEach(notices);
  }

  /** Whether each answer's position is to be told. */
  boolean wantsPositions() {
    return variables.all().getOrDefault("millrace.position", "off").equals("on");
  }

  /** I outside of a transaction, T within, E within one that failed. */
  char status() {
    return status;
  }

  /** A transaction begins. */
  void begin() {
    status = 'T';
  }

  /** A savepoint of a transaction that failed is gone back to. */
  void recover() {
    status = 'T';
  }

  /** A statement failed. */
  void failed() {
    status = status == 'I' ? 'I' : 'E';
  }

  /** The transaction ends, and with it its portals. */
  void end() {
    status = 'I';
    closePortals(false);
  }

  /** Between transactions no portal stays open. */
  void settle() {
    if (status == 'I') {
      closePortals(false);
    }
  }

  /**
   * @throws PgError {@code 42P05}, {@code 54000}
   */
  void prepare(String name, Statement statement) {
    if (!name.isEmpty() && statements.containsKey(name)) {
      throw PgError.of(
          PgError.DUPLICATE_STATEMENT, "prepared statement \"" + name + "\" already exists");
    }
    long text = statements.values().stream().mapToLong(each -> each.sent().length()).sum();
    if (statements.size() >= MOST_STATEMENTS || text + statement.sent().length() > MOST_TEXT) {
      throw PgError.of(
              PgError.LIMIT,
              "cannot prepare: found %d statements of %d characters, expected at most %d of %d"
                  .formatted(statements.size(), text, MOST_STATEMENTS, MOST_TEXT))
          .hint("close some");
    }
    statements.put(name, statement);
  }

  /**
   * @throws PgError {@code 26000}
   */
  Statement statement(String name) {
    Statement statement = statements.get(name);
    if (statement == null) {
      throw PgError.of(PgError.NO_STATEMENT, "prepared statement \"" + name + "\" does not exist");
    }
    return statement;
  }

  void forget(String name) {
    statements.remove(name);
  }

  void forgetAll() {
    statements.clear();
  }

  /**
   * @throws PgError {@code 42P03}, {@code 54000}
   */
  void open(String name, Portal portal) {
    if (name.isEmpty()) {
      closePortal(name);
    } else if (portals.containsKey(name)) {
      throw PgError.of(PgError.DUPLICATE_CURSOR, "cursor \"" + name + "\" already exists");
    }
    if (portals.size() >= MOST_PORTALS) {
      throw PgError.of(
              PgError.LIMIT,
              "cannot open a cursor: found " + portals.size() + " open, expected fewer")
          .hint("close some");
    }
    portals.put(name, portal);
  }

  /**
   * @throws PgError {@code 34000}
   */
  Portal portal(String name) {
    Portal portal = portals.get(name);
    if (portal == null) {
      throw PgError.of(PgError.NO_CURSOR, "cursor \"" + name + "\" does not exist")
          .hint("a cursor ends with its transaction, and after serving.cursor.timeout unused");
    }
    return portal;
  }

  void closePortal(String name) {
    Portal portal = portals.remove(name);
    if (portal != null) {
      portal.close();
    }
  }

  /**
   * @param held also those that outlive transactions
   */
  void closePortals(boolean held) {
    for (String name : new ArrayList<>(portals.keySet())) {
      if (held || !portals.get(name).held()) {
        closePortal(name);
      }
    }
  }

  /**
   * Closes portals that keep a pin and that nobody has pulled from for so long.
   *
   * @return how long none of the others will have to be
   */
  Duration expire(Duration unused) {
    Duration least = unused;
    for (String name : new ArrayList<>(portals.keySet())) {
      Portal portal = portals.get(name);
      Duration left = portal.open() ? unused.minus(portal.unused()) : unused;
      if (left.isNegative() || left.isZero()) {
        closePortal(name);
      } else if (left.compareTo(least) < 0) {
        least = left;
      }
    }
    return least;
  }

  /** A message has come: what is cancelled from now on is what it asks, and what follows it. */
  void busy() {
    idle = false;
  }

  /** All that was asked is answered: what would be cancelled now is over. */
  void idle() {
    idle = true;
    cancelled = false;
    running = null;
  }

  /** Rows of this portal are being made. */
  void working(Portal portal) {
    running = portal;
  }

  void rested() {
    running = null;
  }

  /** Whether what was asked is to end. */
  boolean cancelled() {
    return cancelled;
  }

  /** Ends what is running, soon. From any thread. */
  void cancel() {
    if (idle) {
      return;
    }
    cancelled = true;
    Portal now = running;
    if (now != null) {
      now.cancel();
    }
  }

  @Override
  public void close() {
    closePortals(true);
    statements.clear();
  }
}

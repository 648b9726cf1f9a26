package io.millrace.serving.pgwire;

import io.millrace.serving.pgsql.PgColumn;
import io.millrace.serving.pgsql.PgError;
import io.millrace.serving.pgsql.PgErrors;
import io.millrace.serving.pgsql.PgParameters;
import io.millrace.serving.pgsql.PgRows;
import io.millrace.serving.pgsql.PgType;
import io.millrace.serving.pgsql.SqlToken;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection, from its first byte to its end, on a thread of its own: it reads a
 * message, answers it, and reads the next. Whoever reads slowly keeps this thread alone. What it
 * waits for has a time ({@link #deadlineNanos}).
 */
final class Connection implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  private static final int PROTOCOL = 3 << 16;
  private static final int CANCEL = 80877102;
  private static final int TLS = 80877103;
  private static final int GSSAPI = 80877104;

  private final Socket socket;
  private final Server server;
  private final Times times;
  private volatile long deadlineNanos;
  private volatile Session session;
  private volatile boolean stopping;
  private WireInput in;
  private WireOutput out;
  private Commands commands;
  private Map<String, String> told = Map.of();
  private boolean skipping;

  /**
   * How long what is waited for may take.
   *
   * @param start from the connection's beginning to its first question
   * @param message from a message's first byte to its last, and for a client to take a part of an
   *     answer away
   * @param idle for the next message; and from the first row of an answer to its last
   * @param cursor for the next rows of a portal, which holds a pin
   */
  record Times(Duration start, Duration message, Duration idle, Duration cursor) {}

  /** What a connection needs of its server. */
  interface Server {
    /**
     * @return its number and its secret
     * @throws PgError {@code 53300} if there are enough
     */
    int[] admit(Connection connection);

    void cancel(int process, int secret);

    Questions questions();
  }

  Connection(Socket socket, Server server, Times times) {
    this.socket = socket;
    this.server = server;
    this.times = times;
    within(times.start());
  }

  /** Until when what it is at must be done, as {@code System.nanoTime} counts. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  private void within(Duration time) {
    deadlineNanos = System.nanoTime() + time.toNanos();
  }

  /** As long as it takes: bounded otherwise. */
  private void unhurried() {
    within(Duration.ofDays(3_650));
  }

  /** Ends what runs. From any thread. */
  void cancel() {
    Session now = session;
    if (now != null) {
      now.cancel();
    }
  }

  /** Ends the connection. From any thread. */
  void stop() {
    stopping = true;
    cancel();
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("cannot close a connection", e);
    }
  }

  @Override
  public void run() {
    try (socket) {
      talk();
    } catch (IOException e) {
      LOG.debug("a client is gone: {}", e.toString());
    } finally {
      Session now = session;
      if (now != null) {
        now.close();
      }
    }
  }

  private void talk() throws IOException {
    socket.setTcpNoDelay(true);
    KeepAlive.set(socket);
    in = new WireInput(socket);
    out = new WireOutput(socket.getOutputStream());
    try {
      serve();
    } catch (Wire.Malformed e) {
      last(e.error());
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      last(PgErrors.of(e));
    }
  }

  /** Says why it ends, if anyone is still there. */
  private void last(PgError error) {
    try {
      within(times.message());
      out.fatal(error);
      out.flush();
      // What it has sent and nobody reads would take this answer away from it.
      socket.shutdownOutput();
      for (int i = 0; i < 64 && in.letter(Duration.ofMillis(200)).isPresent(); i++) {}
    } catch (IOException | RuntimeException e) {
      LOG.debug("a client is gone: {}", e.toString());
    }
  }

  private void serve() throws IOException {
    if (!start()) {
      return;
    }
    long idleSince = System.nanoTime();
    while (!stopping) {
      unhurried();
      Duration idle = times.idle().minusNanos(System.nanoTime() - idleSince);
      Duration cursor = session.expire(times.cursor());
      Optional<Character> letter = in.letter(cursor.compareTo(idle) < 0 ? cursor : idle);
      if (letter.isEmpty()) {
        if (System.nanoTime() - idleSince > times.idle().toNanos()) {
          throw PgError.of(PgError.IDLE, "terminating connection due to idle-session timeout");
        }
        continue;
      }
      within(times.message());
      Wire message = in.message(letter.get());
      unhurried();
      if (message.type() == 'X') {
        return;
      }
      handle(message);
      idleSince = System.nanoTime();
    }
  }

  /** False if it was no session that was asked for. */
  private boolean start() throws IOException {
    Wire first = in.start();
    int code = first.int32();
    for (int i = 0; i < 2 && (code == TLS || code == GSSAPI); i++) {
      out.no();
      out.flush();
      first = in.start();
      code = first.int32();
    }
    if (code == CANCEL) {
      server.cancel(first.int32(), first.int32());
      return false;
    }
    if (code >> 16 != 3) {
      throw new Wire.Malformed(
          "cannot start a session: found protocol %d.%d, expected 3.0"
              .formatted(code >>> 16, code & 0xffff));
    }
    Map<String, String> options = new LinkedHashMap<>();
    for (String name = first.text(); !name.isEmpty(); name = first.text()) {
      options.put(name, first.text());
    }
    first.end();
    open(options, code);
    return true;
  }

  private void open(Map<String, String> options, int code) throws IOException {
    String user = options.getOrDefault("user", "");
    if (user.isEmpty()) {
      throw PgError.of("28000", "cannot start a session: found no user, expected a name");
    }
    if (options.containsKey("replication") && !options.get("replication").equals("false")) {
      throw PgError.of(
          PgError.NOT_SUPPORTED, "cannot start a session: found replication, expected questions");
    }
    int[] key = server.admit(this);
    String database = options.getOrDefault("database", user);
    Session opened =
        new Session(
            user, database, key[0], note -> out.notice("NOTICE", PgError.of("00000", note)));
    List<String> unknown = new ArrayList<>();
    options.forEach(
        (name, value) -> {
          if (name.startsWith("_pq_.")) {
            unknown.add(name);
          } else if (name.equals("options")) {
            StartOptions.of(value).forEach(opened.variables()::start);
          } else if (!List.of("user", "database", "replication").contains(name)) {
            opened.variables().start(name, value);
          }
        });
    session = opened;
    commands = new Commands(opened, server.questions());
    if (code != PROTOCOL || !unknown.isEmpty()) {
      out.negotiate(unknown);
    }
    out.authenticationOk();
    tellVariables();
    out.key(key[0], key[1]);
    ready();
  }

  /** Tells what has changed of what clients are told. */
  private void tellVariables() {
    Map<String, String> now = session.variables().told();
    now.forEach(
        (name, value) -> {
          if (!value.equals(told.get(name))) {
            out.parameter(name, value);
          }
        });
    told = now;
  }

  private void ready() throws IOException {
    session.settle();
    session.idle();
    out.ready(session.status());
    flush();
  }

  private void flush() throws IOException {
    within(times.message());
    out.flush();
    unhurried();
  }

  /** What many small messages are answered is not kept until a client asks for it. */
  private void room() throws IOException {
    if (out.full()) {
      flush();
    }
  }

  private void handle(Wire message) throws IOException {
    char type = message.type();
    if (type == 'S') {
      message.end();
      skipping = false;
      ready();
      return;
    }
    if (skipping) {
      return;
    }
    session.busy();
    if (type == 'Q') {
      query(message);
      return;
    }
    String sent = "";
    try {
      switch (type) {
        case 'P' -> sent = parse(message);
        case 'B' -> bind(message);
        case 'D' -> sent = describe(message);
        case 'E' -> sent = execute(message);
        case 'C' -> close(message);
        case 'H' -> flush();
        // What is left of a COPY that was refused.
        case 'd', 'c', 'f' -> {}
        case 'F' -> throw PgError.of(PgError.NOT_SUPPORTED, "cannot call functions by number");
        default ->
            throw new Wire.Malformed(
                "cannot read a message: found type %d, expected one of protocol 3.0"
                    .formatted((int) type));
      }
    } catch (Failed e) {
      fail(e.error, e.sent);
    } catch (Wire.Malformed e) {
      throw e;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      fail(PgErrors.of(e), sent);
    } finally {
      session.rested();
    }
    room();
  }

  /** An error with the text that its place is in. */
  private static final class Failed extends RuntimeException {
    private final PgError error;
    private final String sent;

    Failed(PgError error, String sent) {
      super(error);
      this.error = error;
      this.sent = sent;
    }
  }

  private interface Work<T> {
    T run() throws IOException;
  }

  private static <T> T of(String sent, Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (Wire.Malformed | Failed e) {
      throw e;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      throw new Failed(PgErrors.of(e), sent);
    }
  }

  private void fail(PgError error, String sent) throws IOException {
    session.failed();
    out.error(error, sent.isEmpty() ? Optional.empty() : Optional.of(sent));
    skipping = true;
    flush();
  }

  private void query(Wire message) throws IOException {
    String sent = message.text();
    message.end();
    try {
      for (Statement statement : server.questions().parsed(sent, List.of())) {
        if (session.cancelled()) {
          throw new CancellationException("cannot answer: the questions were cancelled");
        }
        simple(statement);
        room();
      }
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      session.failed();
      out.error(PgErrors.of(e), Optional.of(sent));
    } finally {
      session.rested();
    }
    ready();
  }

  private void simple(Statement statement) throws IOException {
    if (statement.kind() == Statement.Kind.EMPTY) {
      out.emptyQuery();
      return;
    }
    List<SqlToken> tokens = statement.tokens();
    Commands.check(tokens, session);
    if (statement.kind() == Statement.Kind.COMMAND) {
      Commands.Outcome outcome = commands.run(statement, tokens);
      Formats formats = Formats.TEXT;
      if (outcome instanceof Commands.Shown shown) {
        out.columns(shown.rows().columns(), formats);
      } else if (outcome instanceof Commands.Fetched fetched && !fetched.moved()) {
        formats = fetched.portal().formats();
        out.columns(fetched.portal().rows().columns(), formats);
      }
      tell(outcome, formats);
      return;
    }
    if (!statement.parameters().isEmpty()) {
      throw PgError.of("42P02", "there is no parameter $1");
    }
    try (Portal portal = portal(statement, Formats.TEXT, List.of())) {
      session.working(portal);
      out.columns(portal.rows().columns(), Formats.TEXT);
      pull(portal, Long.MAX_VALUE);
    }
  }

  private Portal portal(Statement statement, Formats formats, List<Object> values) {
    return new Portal(
        statement,
        formats,
        false,
        () -> server.questions().rows(statement.tokens(), statement.parameters(), values, session));
  }

  /** Sends rows of a portal and how it stands. */
  private void pull(Portal portal, long most) throws IOException {
    Portal.Pulled pulled = rows(portal, portal.formats(), most);
    if (pulled.ended()) {
      boolean plan = portal.statement().tokens().get(0).is("explain");
      out.complete(plan ? "EXPLAIN" : "SELECT " + pulled.count());
    } else {
      out.suspended();
    }
  }

  private Portal.Pulled rows(Portal portal, Formats formats, long most) throws IOException {
    List<PgColumn> columns = portal.rows().columns();
    formats.check(columns.size(), "columns");
    if (session.cancelled()) {
      portal.cancel();
    }
    return portal.pull(
        most,
        (values, from) -> {
          out.row(values, columns, formats, session.variables().zone());
          if (out.full()) {
            from.pause();
            flush();
            if (portal.age().compareTo(times.idle()) > 0) {
              throw PgError.of(
                      PgError.LIMIT,
                      "cannot answer: found a client that takes the rows for more than "
                          + times.idle().toMinutes()
                          + " minutes, expected it faster")
                  .hint("read them faster, or ask for a part of them at a time");
            }
            from.resume();
          }
        });
  }

  /**
   * Sends what came of a command, but its columns.
   *
   * @param formats of its rows; those of a cursor are as its FETCH was bound, not as it was itself
   */
  private void tell(Commands.Outcome outcome, Formats formats) throws IOException {
    if (outcome instanceof Commands.Done done) {
      tellVariables();
      out.complete(done.tag());
    } else if (outcome instanceof Commands.Shown shown) {
      PgRows rows = shown.rows();
      formats.check(rows.columns().size(), "columns");
      for (Optional<List<Object>> row = rows.next(); row.isPresent(); row = rows.next()) {
        out.row(row.get(), rows.columns(), formats, session.variables().zone());
      }
      out.complete(shown.tag());
    } else if (outcome instanceof Commands.Fetched fetched) {
      session.working(fetched.portal());
      if (fetched.moved()) {
        out.complete("MOVE " + fetched.portal().pull(fetched.count(), (row, from) -> {}).count());
      } else {
        out.complete("FETCH " + rows(fetched.portal(), formats, fetched.count()).count());
      }
    }
  }

  private String parse(Wire message) throws IOException {
    String name = message.text();
    String sent = message.text();
    List<Integer> types = new ArrayList<>();
    for (int i = message.uint16(); i > 0; i--) {
      types.add(message.int32());
    }
    message.end();
    return of(
        sent,
        () -> {
          List<Statement> statements = server.questions().parsed(sent, types);
          if (statements.size() > 1) {
            throw PgError.of(
                PgError.SYNTAX, "cannot insert multiple commands into a prepared statement");
          }
          Commands.check(statements.get(0).tokens(), session);
          if (name.isEmpty()) {
            session.forget(name);
          }
          session.prepare(name, statements.get(0));
          out.parseComplete();
          return sent;
        });
  }

  private void bind(Wire message) throws IOException {
    String name = message.text();
    String prepared = message.text();
    Formats parameterFormats = formats(message);
    List<byte[]> bytes = new ArrayList<>();
    for (int i = message.uint16(); i > 0; i--) {
      bytes.add(message.bytes(message.int32()));
    }
    Formats formats = formats(message);
    message.end();
    Statement statement = session.statement(prepared);
    List<PgType> types = statement.parameters();
    if (bytes.size() != types.size()) {
      throw PgError.of(
          PgError.PROTOCOL,
          "bind message supplies %d parameters, but prepared statement \"%s\" requires %d"
              .formatted(bytes.size(), prepared, types.size()));
    }
    parameterFormats.check(types.size(), "parameters");
    Commands.check(statement.tokens(), session);
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < types.size(); i++) {
      values.add(PgParameters.value(bytes.get(i), types.get(i), parameterFormats.binary(i), i + 1));
    }
    session.open(name, portal(statement, formats, values));
    out.bindComplete();
  }

  private static Formats formats(Wire message) {
    List<Integer> codes = new ArrayList<>();
    for (int i = message.uint16(); i > 0; i--) {
      codes.add(message.int16());
    }
    return new Formats(codes);
  }

  private String describe(Wire message) throws IOException {
    char what = message.letter();
    String name = message.text();
    message.end();
    if (what == 'S') {
      Statement statement = session.statement(name);
      return of(
          statement.sent(),
          () -> {
            Optional<List<PgColumn>> columns = columns(statement);
            columns.filter(each -> answered(statement)).ifPresent(statement::described);
            out.parameterTypes(statement.parameters());
            describe(columns, Formats.TEXT);
            return "";
          });
    }
    if (what != 'P') {
      throw new Wire.Malformed("cannot describe '" + what + "', expected S or P");
    }
    Portal portal = session.portal(name);
    return of(
        portal.statement().sent(),
        () -> {
          session.working(portal);
          describe(
              answered(portal.statement())
                  ? Optional.of(portal.rows().columns())
                  : columns(portal.statement()),
              portal.formats());
          return "";
        });
  }

  private static boolean answered(Statement statement) {
    return statement.kind() == Statement.Kind.QUESTION
        || statement.kind() == Statement.Kind.CATALOG;
  }

  private Optional<List<PgColumn>> columns(Statement statement) {
    return switch (statement.kind()) {
      case EMPTY -> Optional.empty();
      case COMMAND -> commands.columns(statement.tokens());
      default ->
          Optional.of(
              server.questions().columns(statement.tokens(), statement.parameters(), session));
    };
  }

  private void describe(Optional<List<PgColumn>> columns, Formats formats) {
    columns.ifPresent(known -> formats.check(known.size(), "columns"));
    columns.ifPresentOrElse(known -> out.columns(known, formats), out::noData);
  }

  private String execute(Wire message) throws IOException {
    String name = message.text();
    int most = message.int32();
    message.end();
    Portal portal = session.portal(name);
    Statement statement = portal.statement();
    return of(
        statement.sent(),
        () -> {
          List<SqlToken> tokens = statement.tokens();
          Commands.check(tokens, session);
          switch (statement.kind()) {
            case EMPTY -> out.emptyQuery();
            case COMMAND -> tell(commands.run(statement, tokens), portal.formats());
            default -> {
              session.working(portal);
              pull(portal, most <= 0 ? Long.MAX_VALUE : most);
            }
          }
          return "";
        });
  }

  private void close(Wire message) {
    char what = message.letter();
    String name = message.text();
    message.end();
    if (what == 'S') {
      session.forget(name);
    } else if (what == 'P') {
      session.closePortal(name);
    } else {
      throw new Wire.Malformed("cannot close '" + what + "', expected S or P");
    }
    out.closeComplete();
  }
}

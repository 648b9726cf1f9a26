package io.millrace.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.Application;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.local.LocalSystem;
import io.millrace.launcher.local.process.ProcessState;
import io.millrace.launcher.local.process.ProcessTable;
import io.millrace.testkit.Eventually;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole system, as {@code millrace up} starts it: all real processes. */
final class LocalSystemIT {
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final Duration STOP = Duration.ofSeconds(10);

  /** What a crowded build machine may add to {@link #STOP}. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  @TempDir private Path dir;

  @Test
  void shouldCarryOnAfterACrashAndAfterAStop() throws Exception {
    Path csv = dir.resolve("clicks.csv");
    Files.writeString(
        csv,
        """
        SessionId,ItemId,Time
        1,A,1396437466.94
        1,B,1396437467.5
        2,A,not a time
        2,A,1396437468
        """);
    Path app = application();
    List<ProcessHandle> first;
    long clicks;
    Path effective = dir.resolve("data/run/millrace.yaml");
    try (LocalSystem system = LocalSystem.start(config(), new Quiet(), true)) {
      assertThat(system.processes())
          .extracting(ProcessTable.Entry::name)
          .containsExactly("broker", "speed", "batch", "serving");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(effective)))
          .as("it may hold secrets")
          .isEqualTo("rw-------");
      assertThatThrownBy(() -> LocalSystem.start(config(), new Quiet(), true))
          .isInstanceOf(MillraceException.class)
          .hasMessageContaining("found Millrace running on")
          .hasMessageContaining("process " + ProcessHandle.current().pid());

      List<Application.Change> changes = Application.apply(system.config(), system.control(), app);
      assertThat(changes).extracting(Application.Change::what).containsOnly("added");
      assertThat(Application.apply(system.config(), system.control(), app))
          .extracting(Application.Change::what)
          .containsOnly("unchanged");

      assertThat(command("produce", "clicks", csv.toString(), "--mapping", app + "/map.yml"))
          .as("a row was bad")
          .isEqualTo(1);
      awaitClicks(system, 3);

      crash(system, "speed");
      assertThat(command("produce", "clicks", csv.toString(), "--mapping", app + "/map.yml"))
          .isEqualTo(1);
      awaitClicks(system, 6);
      assertThat(command("recompute", "clicked")).isEqualTo(0);
      assertThat(command("status")).isEqualTo(0);
      assertThat(command("views")).isEqualTo(0);
      assertThat(command("runs")).isEqualTo(0);
      ServingClient serving = new ServingClient(system.config());
      Eventually.await(
          "both sessions", PATIENCE, () -> serving.rows("sessions", Map.of()).rows().size() == 2);
      assertThat(command("verify", "clicked", "sessions")).isEqualTo(0);
      useOrRefuseWhatIsGiven(system);
      lookUpItems(system, app);
      clicks = readWhatIsWritten(system, app);
      crash(system, "broker");
      Eventually.await(
          "every process to be ready",
          PATIENCE,
          () -> system.processes().stream().allMatch(e -> e.state() == ProcessState.RUNNING));
      first =
          system.processes().stream().map(e -> ProcessHandle.of(e.pid()).orElseThrow()).toList();
      Instant began = Instant.now();
      system.close();
      assertThat(Duration.between(began, Instant.now())).isLessThan(STOP.plus(SLACK));
    }
    assertThat(first).noneMatch(ProcessHandle::isAlive);
    assertThat(effective).doesNotExist();

    try (LocalSystem again = LocalSystem.start(config(), new Quiet(), true)) {
      awaitClicks(again, clicks);
      endViews(again, app);
    }
  }

  private void endViews(LocalSystem system, Path app) throws Exception {
    ServingClient serving = new ServingClient(system.config());
    Path sql = app.resolve("app.sql");
    String both = Files.readString(sql);
    String one = both.replaceAll("CREATE VIEW sessions.*;", "");
    Files.writeString(sql, one);
    assertThat(Application.apply(system.config(), system.control(), app))
        .filteredOn(change -> change.name().equals("sessions"))
        .singleElement()
        .satisfies(change -> assertThat(change.what()).isEqualTo("left"))
        .satisfies(change -> assertThat(change.note()).contains("millrace drop sessions"));
    assertThat(names(serving)).contains("clicked", "sessions");

    assertThat(command("apply", app.toString(), "--prune")).isEqualTo(0);
    assertThat(names(serving)).as("when apply has returned").containsExactly("clicked");

    Files.writeString(sql, both);
    assertThat(command("apply", app.toString())).isEqualTo(0);
    assertThat(names(serving)).as("when apply has returned").contains("clicked", "sessions");
    Eventually.await(
        "both sessions again",
        PATIENCE,
        () -> serving.rows("sessions", Map.of()).rows().size() == 2);

    assertThat(command("drop", "clicked", "nothing")).isEqualTo(1);
    assertThat(names(serving)).contains("clicked");
    assertThat(command("drop", "clicked")).isEqualTo(0);
    Eventually.await("the view to be gone", PATIENCE, () -> !names(serving).contains("clicked"));
  }

  private static List<String> names(ServingClient serving) {
    return serving.views().stream().map(ServingClient.View::name).toList();
  }

  /** Settings beside the running system, and a condition on a column that there is not. */
  private void useOrRefuseWhatIsGiven(LocalSystem system) throws Exception {
    Path wide = Files.createDirectories(dir.resolve("wide"));
    Files.copy(dir.resolve("app/click.avsc"), wide.resolve("click.avsc"));
    Files.writeString(
        wide.resolve("app.sql"),
        "CREATE TABLE wide USING kafka OPTIONS (topic 'it.wide', schema 'click.avsc');");

    assertThat(command("apply", wide.toString(), "--set", "kafka.topic.partitions=9")).isEqualTo(0);
    try (Admin admin = Admin.create(system.config().adminProperties())) {
      assertThat(
              admin
                  .describeTopics(List.of("it.wide"))
                  .allTopicNames()
                  .get()
                  .get("it.wide")
                  .partitions())
          .hasSize(9);
    }
    assertThat(errors("runs", "--set", "batch.keep.runs=9", "--set", "kafka.port=0"))
        .contains("CONFIG_INVALID: cannot use settings beside the system that runs on ")
        .contains(": found batch.keep.runs=9, but the system has 5, expected settings that this");
    assertThat(errors("query", "clicked", "--where", "itm=A"))
        .contains(
            "BAD_REQUEST: cannot query: found --where 'itm=A' on an unknown column, expected one of"
                + " item, clicks; did you mean 'item'?");
    assertThat(command("query", "clicked", "--where", "clicks>1")).isEqualTo(0);
    assertThat(command("query", "clicked", "--where", "item=A")).isEqualTo(0);
    askInSql(system);
  }

  private long readWhatIsWritten(LocalSystem system, Path app) throws Exception {
    Path good = dir.resolve("good.csv");
    Files.writeString(good, "SessionId,ItemId,Time\n1,A,1396437466.94\n1,B,1396437467.5\n");
    return new ReadYourWrites(system)
        .from(
            6,
            this::command,
            "produce",
            "clicks",
            good.toString(),
            "--mapping",
            app + "/map.yml",
            "--format",
            "position");
  }

  private void askInSql(LocalSystem system) {
    String all = "SELECT MEASURE(clicks) AS clicks FROM clicked";
    assertThat(command("sql", all)).isEqualTo(0);
    ServingClient serving = new ServingClient(system.config());
    assertThat(serving.sql(all, Map.of(), 10).rows())
        .singleElement()
        .satisfies(
            row ->
                assertThat(row.get(0).asLong())
                    .isEqualTo(
                        serving.rows("clicked", Map.of()).rows().stream()
                            .mapToLong(each -> each.get(1).asLong())
                            .sum()));
    assertThat(errors("sql", "SELECT clcks FROM clicked"))
        .contains("line 1, column 8: found unknown column `clcks`")
        .contains("did you mean `clicks`?");
  }

  /** A lookup table of the folder: applied, asked, replaced, damaged, dropped. */
  private void lookUpItems(LocalSystem system, Path app) throws Exception {
    Path sql = app.resolve("app.sql");
    String before = Files.readString(sql);
    Files.writeString(
        sql,
        before
            + """
            CREATE TABLE items (item STRING, shelf STRING, price DECIMAL(6,2)) USING csv
            OPTIONS (path 'items.csv', key 'item', refresh '1 second');
            """);
    items(app, "item,shelf,price\nA,toys,1.50\nB,books,cheap\n");
    for (String check : List.of("--check", "--prune")) {
      assertThat(errors("apply", app.toString(), check))
          .contains(
              "app.sql:4:14: cannot load lookup items: items.csv, line 3: column price: found"
                  + " 'cheap', expected DECIMAL(6,2); correct the file");
    }
    items(app, "item,shelf,price\nA,toys,1.50\nB,books,2\n");
    assertThat(command("apply", app.toString(), "--check")).isEqualTo(0);
    assertThat(Application.apply(system.config(), system.control(), app))
        .filteredOn(change -> !change.what().equals("unchanged"))
        .singleElement()
        .satisfies(change -> assertThat(change.kind() + change.what()).isEqualTo("lookupadded"));
    ServingClient serving = new ServingClient(system.config());
    Eventually.await(
        "the lookup to be loaded",
        PATIENCE,
        () -> serving.lookups().stream().anyMatch(lookup -> lookup.content().isPresent()));
    String ask = "SELECT shelf, price FROM items WHERE item = 'A'";
    ServingClient.SqlAnswer first = serving.sql(ask, Map.of(), 10);
    assertThat(first.rows().toString()).isEqualTo("[[\"toys\", \"1.50\"]]");
    assertThat(command("sql", ask)).isEqualTo(0);

    items(app, "item,shelf,price\nA,garden,1.50\n");
    Eventually.await(
        "the new content",
        PATIENCE,
        () -> serving.sql(ask, Map.of(), 10).rows().get(0).get(0).asText().equals("garden"));
    ServingClient.Content second = serving.sql(ask, Map.of(), 10).contents().get("items");
    assertThat(second.rows()).isEqualTo(1);
    assertThat(second.id()).isNotEqualTo(first.contents().get("items").id());

    items(app, "item,shelf,price\nA,garden\n");
    Eventually.await(
        "the damage to be told",
        PATIENCE,
        () -> serving.lookups().get(0).problem().filter(p -> p.contains("line 2")).isPresent());
    assertThat(serving.sql(ask, Map.of(), 10).contents().get("items")).isEqualTo(second);
    assertThat(command("status")).isEqualTo(0);

    Files.writeString(sql, before);
    assertThat(command("apply", app.toString(), "--prune")).isEqualTo(0);
    Eventually.await("the lookup to be gone", PATIENCE, () -> serving.lookups().isEmpty());
  }

  private static void items(Path app, String text) throws Exception {
    Path next = Files.writeString(app.resolve("items.next"), text);
    Files.move(next, app.resolve("items.csv"), StandardCopyOption.REPLACE_EXISTING);
  }

  /** What a command that fails says is wrong. */
  private String errors(String... arguments) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream usual = System.err;
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      assertThat(command(arguments)).isEqualTo(1);
    } finally {
      System.setErr(usual);
    }
    return said.toString(StandardCharsets.UTF_8);
  }

  /** Kills a process; returns when another is in its place. */
  private static void crash(LocalSystem system, String name) {
    ProcessHandle process = system.process(name).orElseThrow();
    process.destroyForcibly();
    Eventually.await(
        name + " to be started again",
        PATIENCE,
        () -> system.process(name).filter(p -> p.pid() != process.pid()).isPresent());
  }

  private void awaitClicks(LocalSystem system, long expected) {
    ServingClient serving = new ServingClient(system.config());
    Eventually.await(
        expected + " clicks",
        PATIENCE,
        () ->
            serving.rows("clicked", Map.of()).rows().stream()
                    .mapToLong(row -> row.get(1).asLong())
                    .sum()
                == expected);
  }

  private Path application() throws Exception {
    Path app = Files.createDirectories(dir.resolve("app"));
    Files.writeString(
        app.resolve("app.sql"),
        """
        CREATE TABLE clicks USING kafka OPTIONS (topic 'it.clicks', schema 'click.avsc');
        CREATE VIEW clicked AS SELECT item, count(*) AS clicks FROM clicks GROUP BY item;
        CREATE VIEW sessions AS SELECT session, max(at) AS latest FROM clicks GROUP BY session;
        """);
    Files.writeString(
        app.resolve("click.avsc"),
        """
        {"type": "record", "name": "Click", "fields": [
          {"name": "session", "type": "long"}, {"name": "item", "type": "string"},
          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}
        """);
    Files.writeString(
        app.resolve("map.yml"),
        """
        fields:
          session: SessionId
          item: ItemId
          at: {column: Time, timestamp: epoch-seconds}
        """);
    return app;
  }

  private MillraceConfig config() {
    return MillraceConfig.load(Optional.empty(), Map.of(), settings());
  }

  private Map<String, String> settings() {
    return Map.of(
        "data.dir", dir.resolve("data").toString(), "kafka.port", "0", "serving.port", "0");
  }

  /** Runs a command against the system that runs; returns its exit code. */
  private int command(String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--set";
    all[arguments.length + 1] = "data.dir=" + dir.resolve("data");
    return Millrace.run(all);
  }
}

package io.millrace.system.chaos;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.LayerStatus;
import io.millrace.control.model.Position;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.Topics;
import io.millrace.lake.Lake;
import io.millrace.launcher.client.Application;
import io.millrace.system.Http;
import io.millrace.testkit.Eventually;
import io.millrace.testkit.Ports;
import io.millrace.testkit.Processes;
import io.millrace.testkit.TestBroker;
import io.millrace.testkit.TestConfig;
import io.millrace.testkit.TestProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.Table;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * A broker, a process of each layer and two serving replicas, all real, with nobody who restarts
 * them: a fault decides when they come back. Each has a data directory of its own; the lake is
 * shared. Not thread-safe, except where said.
 */
final class ChaosSystem implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final Path directory;
  private final TestBroker broker;
  private final Processes processes;
  private final Map<Member, MillraceConfig> configs = new EnumMap<>(Member.class);
  private final Map<Member, TestProcess> running = new EnumMap<>(Member.class);
  private final Admin admin;
  private final ControlLog control;
  private final Lake lake;

  /** Starts all of it and puts the application into effect; the views may take a while. */
  ChaosSystem(Path directory) throws IOException {
    this.directory = directory.toAbsolutePath();
    this.broker = TestBroker.start(this.directory.resolve("broker"));
    this.processes = Processes.in(this.directory.resolve("logs"));
    int[] ports = Ports.free(Member.REPLICAS.size());
    for (Member member : Member.values()) {
      int replica = Member.REPLICAS.indexOf(member);
      configs.put(
          member,
          TestConfig.of(
              broker,
              data(member),
              settings(replica < 0 ? "0" : Integer.toString(ports[replica]))));
      configs.get(member).write(config(member));
    }
    this.admin = broker.admin();
    this.control = ControlLog.open(configs.get(Member.BATCH));
    this.lake = Lake.open(configs.get(Member.BATCH), new Configuration());
    Member.USUAL.forEach(this::start);
    Application.apply(
        configs.get(Member.BATCH), control, Shop.application(this.directory.resolve("shop")));
  }

  private Map<String, String> settings(String servingPort) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("serving.port", servingPort);
    settings.put("lake.properties.type", "hadoop");
    settings.put("lake.properties.warehouse", directory.resolve("lake").toString());
    // A process that gives up on the broker is gone: nobody starts it again.
    settings.put("kafka.connect.timeout", "3m");
    settings.put("batch.master", "local[1]");
    settings.put("batch.properties.spark.sql.shuffle.partitions", "2");
    settings.put("batch.schedule.override", "0/10 * * * * ?");
    settings.put("batch.archive.interval", "5s");
    settings.put("speed.commit.interval", "200ms");
    settings.put("speed.cut.interval", "2s");
    return settings;
  }

  /** Starts a process that is not there; it may take a while until it is of use. */
  void start(Member member) {
    start(member, Map.of());
  }

  /**
   * As {@link #start(Member)}.
   *
   * @param environment variables that the process has besides
   */
  void start(Member member, Map<String, String> environment) {
    Map<String, String> variables = new TreeMap<>(environment);
    variables.put("SPARK_LOCAL_IP", "127.0.0.1");
    running.put(
        member,
        processes.java(
            member.label(),
            List.of(
                "-Xmx" + member.heap,
                "-Dlog4j2.configurationFile=io/millrace/launcher/log4j2-process.xml",
                "-Dmillrace.log.file=" + directory.resolve("logs/" + member.label() + "-log.log")),
            variables,
            member.mainClass,
            "--config",
            config(member).toString(),
            "--parent-pid",
            Long.toString(ProcessHandle.current().pid())));
  }

  /** As {@code kill -9} does. */
  void kill(Member member) {
    running.get(member).kill();
  }

  /** As {@code kill} does; returns when the process has ended. */
  void end(Member member) {
    running.get(member).terminate();
    Eventually.await(member + " to end", PATIENCE, () -> !alive(member));
  }

  boolean alive(Member member) {
    return running.get(member).alive();
  }

  long pid(Member member) {
    return running.get(member).pid();
  }

  /** Returns when the process says that it does its work. */
  void awaitReady(Member member) {
    Eventually.await(
        member + " to be ready",
        PATIENCE,
        () -> {
          if (!alive(member)) {
            throw new AssertionError(member + " ended:\n" + running.get(member).output());
          }
          return status(member).filter(LayerStatus::ready).isPresent();
        });
  }

  /** What the process said last. */
  Optional<LayerStatus> status(Member member) {
    return control.statuses(Duration.ofSeconds(10)).stream()
        .filter(status -> status.instance().endsWith(":" + pid(member)))
        .findFirst();
  }

  TestBroker broker() {
    return broker;
  }

  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  /** Where the process keeps all it keeps. */
  Path data(Member member) {
    return directory.resolve("data").resolve(member.label());
  }

  private Path config(Member member) {
    return directory.resolve(member.label() + ".yaml");
  }

  /** What the replica is asked at; thread-safe. */
  Http http(Member replica) {
    return new Http("http://127.0.0.1:" + configs.get(replica).serving().port());
  }

  Admin admin() {
    return admin;
  }

  ControlLog control() {
    return control;
  }

  /** The topic of a view's live state. */
  String speedTopic(String view) {
    return new Topics(configs.get(Member.SPEED).namespace())
        .speed(control.state().current(view).orElseThrow());
  }

  Table lake(Shop source) {
    SourceDefinition definition = control.state().sources().get(source.source());
    return lake.load(Lake.sourceId(definition.lakeTable())).orElseThrow();
  }

  Table batchView(RunRecord run) {
    return lake.batchView(run);
  }

  /** Takes the source's topic as a new beginning. */
  void applyAnew(Shop source) {
    Application.apply(
        configs.get(Member.BATCH),
        control,
        directory.resolve("shop"),
        Application.Left.NAMED,
        Set.of(source.source()));
  }

  /** Where the topics end now. */
  Map<Shop, Position> ends() throws Exception {
    Map<Shop, Position> ends = new EnumMap<>(Shop.class);
    for (Shop source : Shop.values()) {
      TreeMap<Integer, Long> offsets = new TreeMap<>();
      int partitions =
          admin
              .describeTopics(List.of(source.topic))
              .allTopicNames()
              .get(1, TimeUnit.MINUTES)
              .get(source.topic)
              .partitions()
              .size();
      for (int partition = 0; partition < partitions; partition++) {
        TopicPartition end = new TopicPartition(source.topic, partition);
        offsets.put(
            partition,
            admin
                .listOffsets(Map.of(end, OffsetSpec.latest()))
                .partitionResult(end)
                .get(1, TimeUnit.MINUTES)
                .offset());
      }
      ends.put(source, Position.of(offsets));
    }
    return ends;
  }

  /**
   * Returns when both replicas answer each of the views at a position that covers where its topic
   * ends now.
   *
   * @param runs whether they must also answer from a run that covers it
   */
  void awaitWell(String when, Set<Shop> sources, boolean runs) throws Exception {
    Map<Shop, Position> ends = ends();
    for (Member replica : Member.REPLICAS) {
      Http http = http(replica);
      for (Shop source : sources) {
        for (String view : source.views) {
          String what = replica + " to answer " + view + " of " + ends.get(source) + " " + when;
          try {
            Eventually.await(
                what,
                PATIENCE,
                () -> (runs ? http.boundary(view) : http.live(view)).covers(ends.get(source)));
          } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + report(http), e);
          }
        }
      }
    }
  }

  private static String report(Http http) {
    try {
      return http.json("/v1/views").toPrettyString();
    } catch (IOException e) {
      return "no list of views: " + e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  @Override
  public void close() {
    processes.close();
    lake.close();
    control.close();
    admin.close(Duration.ZERO);
    broker.close();
  }
}

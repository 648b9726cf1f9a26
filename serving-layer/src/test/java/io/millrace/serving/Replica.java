package io.millrace.serving;

import io.millrace.control.ControlState;
import io.millrace.control.ErrorCode;
import io.millrace.control.Metrics;
import io.millrace.control.MillraceConfig;
import io.millrace.control.MillraceException;
import io.millrace.control.Refusal;
import io.millrace.control.RunRecord;
import io.millrace.control.Topics;
import io.millrace.control.ViewDefinition;
import io.millrace.view.CompiledView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A serving replica without Kafka: live state is handed in, and each step towards a new run is
 * taken when told to. Store, lake, merge, audit and API are the real ones. Not thread-safe.
 */
final class Replica implements AutoCloseable, SpeedReader, RunSwitch.Refusals {
  final TestLake lake;
  final ServedViews views;
  final Cursors cursors;
  final HttpApi api;
  final Queries queries;
  long nanoTime;

  private final Lake catalog;
  private final LocalStore store;
  private final BatchLoader loader;
  private final Metrics metrics = Metrics.of("serving");
  private final Map<String, ViewDefinition> definitions = new LinkedHashMap<>();
  private final Map<String, RunRecord> runs = new TreeMap<>();
  private final Map<String, Refusal> refusals = new TreeMap<>();
  private final Path dir;
  private final Map<String, SpeedView> followed = new HashMap<>();
  private String problem = "";

  /** Set: why only a restart helps. */
  String dead;

  /** Set: the control topic cannot be written. */
  boolean mute;

  Replica(Path dir) {
    this(dir, new TestLake(dir.resolve("lake")));
  }

  private Replica(Path dir, TestLake lake) {
    this.dir = dir;
    this.lake = lake;
    this.catalog =
        Lake.open(
            MillraceConfig.load(
                Optional.empty(), Map.of(), Map.of("data.dir", dir.toAbsolutePath().toString())));
    this.store = LocalStore.open(dir.resolve("serving"));
    this.loader = new BatchLoader(catalog, store);
    this.cursors = new Cursors(Duration.ofSeconds(60), () -> nanoTime);
    this.views = new ServedViews(store, this, new Topics("test"), cursors::forget);
    this.queries = new Queries(views, cursors, System::currentTimeMillis);
    this.api =
        new HttpApi(
            views,
            queries,
            new ServingMetrics(metrics, views, cursors),
            new Readiness(this::state, views, this),
            () -> Optional.ofNullable(dead),
            System::currentTimeMillis);
  }

  ControlState state() {
    return new ControlState(
        Map.of(Orders.SOURCE.name(), Orders.SOURCE),
        definitions,
        new TreeMap<>(runs),
        new TreeMap<>(refusals));
  }

  /** A replica that starts with nothing but what the control topic and the lake say. */
  Replica restarted() {
    stop();
    Replica next = new Replica(dir, lake);
    next.definitions.putAll(definitions);
    next.runs.putAll(runs);
    next.refusals.putAll(refusals);
    next.views.update(next.state());
    return next;
  }

  @Override
  public void publish(Refusal refusal) {
    if (mute) {
      throw new MillraceException(ErrorCode.BROKER_UNREACHABLE, "cannot write, as told");
    }
    refusals.put(refusal.runId(), refusal);
  }

  Map<String, Refusal> refusals() {
    return refusals;
  }

  CompiledView apply(ViewDefinition definition) {
    definitions.put(definition.id(), definition);
    views.update(state());
    return served(definition).compiled();
  }

  void retire(ViewDefinition definition) {
    definitions.remove(definition.id());
    views.update(state());
  }

  ServedView served(ViewDefinition definition) {
    return views.versions(definition.name()).stream()
        .filter(version -> version.definition().id().equals(definition.id()))
        .findFirst()
        .flatMap(ServedViews.Version::served)
        .orElseThrow();
  }

  /** Hands flushes in, and says that all of the topic has been read. */
  void live(CompiledView view, List<LiveModel.Flush> flushes) {
    SpeedView speed = followed.get(new Topics("test").speed(view.definition()));
    flushes.forEach(flush -> LiveModel.apply(flush, speed));
    speed.caughtUp(flushes.stream().mapToInt(LiveModel.Flush::partitions).findAny().orElse(1));
  }

  void live(CompiledView view, LiveModel.Flush flush) {
    live(view, List.of(flush));
  }

  void announce(RunRecord run) {
    runs.put(run.runId(), run);
  }

  /** Announces a run, and takes steps until nothing moves. */
  void completed(RunRecord run) {
    announce(run);
    step();
  }

  void step() {
    for (ServedViews.Version version : views.all()) {
      version
          .served()
          .ifPresent(
              view -> {
                boolean moved;
                do {
                  moved = view.runs().advance(state(), loader, catalog, this);
                } while (moved);
              });
    }
  }

  void problem(String text) {
    problem = text;
  }

  @Override
  public void follow(String topic, SpeedView view) {
    followed.put(topic, view);
  }

  @Override
  public void forget(String topic) {
    followed.remove(topic);
  }

  @Override
  public String problem() {
    return problem;
  }

  private void stop() {
    cursors.close();
    views.close();
    metrics.close();
    catalog.close();
    store.close();
  }

  @Override
  public void close() {
    stop();
    lake.close();
  }
}

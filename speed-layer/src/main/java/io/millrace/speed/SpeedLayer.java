package io.millrace.speed;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import io.millrace.control.process.Layer;
import io.millrace.control.process.Metrics;
import io.millrace.speed.report.Followed;
import io.millrace.speed.report.SpeedMetrics;
import io.millrace.speed.report.SpeedStatus;
import io.millrace.speed.streams.KafkaSourceOffsets;
import io.millrace.speed.streams.MemberId;
import io.millrace.speed.streams.SourceEnds;
import io.millrace.speed.streams.SourceStream;
import io.millrace.speed.streams.SpeedStore;
import io.millrace.speed.streams.SpeedTopics;
import io.millrace.speed.streams.SpeedTopology;
import io.millrace.speed.streams.StreamsSettings;
import io.millrace.speed.streams.TopicRoom;
import io.millrace.speed.task.HotBudget;
import io.millrace.speed.task.SourceFeed;
import io.millrace.speed.task.SourceMeters;
import io.millrace.speed.task.SourceViews;
import io.millrace.speed.task.Standings;
import io.millrace.speed.task.ViewRuntime;
import io.millrace.speed.task.WrittenTopics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the control topic and keeps one {@link SourceStream} per source that has views. New
 * sources and views start while it runs, and disturb no others; what cannot start is an error in
 * the status and is tried again.
 *
 * <p>All decisions are made on one thread.
 */
public final class SpeedLayer implements Layer {
  private static final Logger LOG = LoggerFactory.getLogger(SpeedLayer.class);
  private static final Duration LOOK = Duration.ofSeconds(2);

  /** Long enough that runs every few minutes forget segments before these would be merged. */
  private static final Duration KEEP_ALL_CUTS = Duration.ofMinutes(4);

  /** Key of the error that says what replicas say is not known. */
  private static final String REPLICAS = "replicas";

  private static final Duration CLOSE = Duration.ofSeconds(6);

  /** How long a round that was interrupted is waited for; streams then end beside it. */
  private static final Duration ROUND = Duration.ofSeconds(2);

  /** Far more than all that one source waits for while the broker is away. */
  private static final Duration STUCK = Duration.ofMinutes(5);

  private final MillraceConfig config;
  private final ControlLog control;
  private final ViewRuntime runtime;
  private final String instance;
  private final String memberId;
  private final Admin admin;
  private final SpeedTopics topics;
  private final Map<String, String> topicSettings;
  private final TopicRoom room;
  private final HotBudget hotBudget;
  private final SourceEnds ends;
  private final MeterRegistry registry;
  private final Map<String, SourceStream> streams = new ConcurrentHashMap<>();
  private final Map<String, String> errors = new ConcurrentHashMap<>();
  private Standings standings = Standings.UNKNOWN;
  private volatile boolean followed;
  private volatile boolean closed;
  private volatile long cameRoundNs = System.nanoTime();
  private volatile Optional<Future<?>> rounds = Optional.empty();
  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "speed-layer");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param control stays the caller's
   * @param instance names this process
   * @param metrics stay the caller's
   * @throws MillraceException {@code DATA_DIR_NOT_WRITABLE}
   */
  SpeedLayer(
      MillraceConfig config,
      ControlLog control,
      ViewRuntime runtime,
      String instance,
      Metrics metrics) {
    this.config = config;
    this.control = control;
    this.runtime = runtime;
    this.instance = instance;
    this.memberId = MemberId.of(StreamsSettings.stateDir(config.dataDir()));
    this.admin = Admin.create(config.adminProperties());
    this.topicSettings = StreamsSettings.compacted(StreamsSettings.recordBytes(config));
    this.topics = new SpeedTopics(admin, config.kafka().replicationFactor(), topicSettings);
    this.room = new TopicRoom(admin, StreamsSettings.recordBytes(config));
    this.hotBudget = new HotBudget(config.speed().hotBytes());
    this.ends = new SourceEnds(admin, InstantSource.system());
    this.registry = metrics.registry();
    new SpeedMetrics(followed(), ends, metrics);
  }

  /** Starts to follow the control topic. */
  void start() {
    control.follow(state -> look());
    rounds =
        Optional.of(
            worker.scheduleWithFixedDelay(
                this::reconcile, LOOK.toMillis(), LOOK.toMillis(), TimeUnit.MILLISECONDS));
  }

  /**
   * What keeps a source or view from being followed, by {@code source.<name>} or {@code
   * view.<name>}.
   */
  public Map<String, String> errors() {
    Map<String, String> all = new TreeMap<>(errors);
    streams.forEach(
        (name, stream) -> {
          stream.error().ifPresent(e -> all.putIfAbsent("source." + name, e));
          stream.feed().problems().forEach((view, e) -> all.putIfAbsent("view." + view, e));
          stream
              .feed()
              .publishing()
              .forEach(
                  (view, partitions) ->
                      all.putIfAbsent("view." + view.name(), publishesAgain(view, partitions)));
        });
    return all;
  }

  /** By source name. */
  public Map<String, SourceStream> streams() {
    return Map.copyOf(streams);
  }

  private String publishesAgain(ViewDefinition view, Set<Integer> partitions) {
    return "view "
        + view.id()
        + " is being published again, partitions "
        + partitions
        + ": found that its speed topic "
        + config.topics().speed(view)
        + " was deleted and made again, expected the one written so far; readers take it when it is"
        + " whole";
  }

  private Followed followed() {
    return new Followed(this::errors, this::streams);
  }

  private void look() {
    if (!worker.isShutdown()) {
      worker.execute(this::reconcile);
    }
  }

  private void reconcile() {
    cameRoundNs = System.nanoTime();
    streams.values().forEach(SourceStream::watch);
    try {
      ControlState state = control.state();
      Map<String, List<ViewDefinition>> bySource =
          state.views().values().stream()
              .collect(Collectors.groupingBy(view -> view.source().name()));
      errors.keySet().removeIf(key -> !current(key, state, config.topics()));
      for (String source : streams.keySet()) {
        bySource.putIfAbsent(source, List.of());
      }
      standings = standings();
      bySource.forEach((source, views) -> reconcile(source, views, state));
      followed = true;
    } catch (RuntimeException e) {
      LOG.error("cannot follow the control topic", e);
    }
  }

  /** Whether an error is of something that is still there. */
  static boolean current(String errorKey, ControlState state, Topics topics) {
    return state.views().values().stream()
        .anyMatch(
            view ->
                errorKey.equals(REPLICAS)
                    || errorKey.equals("view." + view.name())
                    || errorKey.equals("source." + view.source().name())
                    || errorKey.equals("topic." + topics.speed(view))
                    || errorKey.equals("topic." + changelog(topics, source(view, state))));
  }

  private static String changelog(Topics topics, SourceDefinition source) {
    return changelog(topics.speedApplication(source.lakeTable()));
  }

  private static String changelog(String application) {
    return application + "-" + SpeedStore.NAME + "-changelog";
  }

  /** As it was applied last. */
  private static SourceDefinition source(ViewDefinition view, ControlState state) {
    return state.sources().getOrDefault(view.source().name(), view.source());
  }

  private void reconcile(String source, List<ViewDefinition> views, ControlState state) {
    cameRoundNs = System.nanoTime();
    try {
      SourceDefinition newest = newest(source, views, state);
      if (newest != null) {
        follow(newest, views, state);
      }
      errors.remove("source." + source);
    } catch (MillraceException e) {
      remember("source." + source, e.getMessage());
    } catch (RuntimeException e) {
      // Whatever it is, other sources are followed.
      Optional<MillraceException> refusal = KafkaRefusal.of(e);
      if (refusal.isPresent()) {
        remember("source." + source, refusal.get().getMessage());
        return;
      }
      remember(
          "source." + source,
          "cannot follow source "
              + source
              + ": found "
              + Reason.of(e)
              + ", expected Kafka Streams to start; it is tried again");
    }
  }

  private void remember(String key, String error) {
    if (!error.equals(errors.put(key, error))) {
      LOG.error("{}: {}", key, error);
    }
  }

  private static SourceDefinition newest(
      String source, List<ViewDefinition> views, ControlState state) {
    SourceDefinition applied = state.sources().get(source);
    return applied != null || views.isEmpty() ? applied : views.get(views.size() - 1).source();
  }

  private void follow(SourceDefinition source, List<ViewDefinition> views, ControlState state) {
    String application = config.topics().speedApplication(source.lakeTable());
    SourceStream stream = streams.get(source.name());
    if (stream != null
        && (stream.state().hasCompletedShutdown() || !stream.application().equals(application))) {
      close(source.name(), stream);
      stream = null;
    }
    int partitions;
    try {
      partitions = topics.source(source).partitions();
    } catch (MillraceException e) {
      if (stream != null && e.code() == ErrorCode.TOPIC_CHANGED) {
        close(source.name(), stream);
      }
      throw e;
    }
    List<ViewDefinition> sound = sound(source, views);
    WrittenTopics written =
        sound.isEmpty() ? WrittenTopics.UNKNOWN : written(application, sound, partitions);
    if (stream == null) {
      if (sound.isEmpty()) {
        return;
      }
      stream = create(source, application);
      stream.feed().follow(sourceViews(sound, state, written));
      start(stream);
      streams.put(source.name(), stream);
      if (closed) {
        close(source.name(), stream);
        return;
      }
      LOG.info("source {} is followed on topic {}", source.name(), source.topic());
      return;
    }
    SourceViews found = sourceViews(sound, state, written);
    if (!found.equals(stream.feed().views())) {
      stream.feed().follow(found);
    }
  }

  /** Starts it; one that does not start is given back what it holds, so that another one can. */
  private static void start(SourceStream stream) {
    try {
      stream.start();
    } catch (RuntimeException | Error e) {
      try (stream) {
        throw e;
      }
    }
  }

  private void close(String source, SourceStream stream) {
    stream.close();
    streams.remove(source);
  }

  /** Sees to it that the topics are there that the source's tasks write to. */
  private WrittenTopics written(String application, List<ViewDefinition> views, int partitions) {
    // Kafka Streams would make it too, and write to it before its leaders take writes.
    String changelog = changelog(application);
    List<String> wanted = new ArrayList<>(views.stream().map(config.topics()::speed).toList());
    wanted.add(changelog);
    Map<String, String> ids = topics.ensure(wanted, partitions);
    wanted.forEach(topic -> makeRoom(topic, Optional.ofNullable(ids.get(topic))));
    Map<String, String> speed = new HashMap<>();
    for (ViewDefinition view : views) {
      Optional.ofNullable(ids.get(config.topics().speed(view)))
          .ifPresent(id -> speed.put(view.id(), id));
    }
    return new WrittenTopics(speed, Optional.ofNullable(ids.get(changelog)));
  }

  private void makeRoom(String topic, Optional<String> id) {
    try {
      room.ensure(topic, id);
      errors.remove("topic." + topic);
    } catch (MillraceException e) {
      remember("topic." + topic, e.getMessage());
    }
  }

  /** The views to keep live; of the others it is said why not. */
  private List<ViewDefinition> sound(SourceDefinition source, List<ViewDefinition> views) {
    SoundViews found = SoundViews.of(runtime, source, views);
    for (ViewDefinition view : views) {
      String key = "view." + view.name();
      if (found.errors().containsKey(view.name())) {
        remember(key, found.errors().get(view.name()));
      } else {
        errors.remove(key);
      }
    }
    return found.views();
  }

  private SourceViews sourceViews(
      List<ViewDefinition> views, ControlState state, WrittenTopics written) {
    List<RunRecord> runs =
        state.runs().values().stream()
            .filter(run -> run.status() != RunRecord.Status.FAILED)
            .filter(run -> views.stream().anyMatch(view -> view.id().equals(run.viewId())))
            .toList();
    Set<String> refused =
        runs.stream().map(RunRecord::runId).filter(state::refused).collect(Collectors.toSet());
    Set<String> bases =
        views.stream()
            .flatMap(view -> state.bases(view.id()).stream())
            .map(RunRecord::runId)
            .collect(Collectors.toSet());
    return new SourceViews(views, runs, refused, bases, written, standings);
  }

  /** Where it is refused what replicas say, the two newest runs decide alone, as is said aloud. */
  private Standings standings() {
    try {
      Standings found = Standings.of(control.heard());
      errors.remove(REPLICAS);
      return found;
    } catch (MillraceException e) {
      remember(
          REPLICAS,
          "cannot see which runs the serving replicas answer from: "
              + e.getMessage()
              + "; until then a replica that loads slowly may find live state forgotten");
      return standings.known() ? standings : Standings.NONE;
    }
  }

  private SourceStream create(SourceDefinition source, String application) {
    SourceFeed.Settings settings =
        new SourceFeed.Settings(
            source.topic(),
            config.topics(),
            config.speed().commitInterval(),
            StreamsSettings.LONGEST_PAUSE,
            StreamsSettings.longestPoll(config).plusMillis(1),
            StreamsSettings.transactionTimeout(config),
            config.speed().cutInterval(),
            config.speed().heartbeatInterval(),
            KEEP_ALL_CUTS,
            config.speed().hotGroups(),
            config.speed().maxStateBytes(),
            instance,
            InstantSource.system());
    SourceFeed feed =
        new SourceFeed(
            settings,
            runtime,
            new KafkaSourceOffsets(admin, source, application),
            new SourceMeters(registry, source.name()),
            hotBudget);
    return new SourceStream(
        source.name(),
        application,
        feed,
        SpeedTopology.of(feed, topicSettings),
        StreamsSettings.of(config, application, memberId));
  }

  /**
   * Ready as soon as it follows the control topic: a source that cannot be read holds up no other,
   * and makes the layer degraded.
   */
  @Override
  public String state() {
    return followed ? Layer.super.state() : "starting";
  }

  @Override
  public List<String> problems() {
    List<String> problems = new ArrayList<>(errors().values());
    streams
        .values()
        .forEach(stream -> problems.addAll(ends.problems(stream.feed().settings().topic())));
    return problems;
  }

  @Override
  public Optional<String> dead() {
    if (rounds.filter(Future::isDone).isPresent()) {
      return Optional.of("the thread that follows the control topic has ended");
    }
    Duration since = Duration.ofNanos(System.nanoTime() - cameRoundNs);
    if (since.compareTo(STUCK) > 0) {
      return Optional.of(
          "the thread that follows the control topic has not come round for "
              + since.toSeconds()
              + " s");
    }
    return streams.values().stream().flatMap(stream -> stream.dead().stream()).findFirst();
  }

  @Override
  public Map<String, String> details() {
    return new SpeedStatus(followed(), ends).details();
  }

  /** Commits what is done and ends; within seconds. */
  @Override
  public void close() {
    closed = true;
    worker.shutdownNow();
    awaitRound();
    CompletableFuture.allOf(
            streams.values().stream()
                .map(stream -> CompletableFuture.runAsync(() -> stream.close(CLOSE)))
                .toArray(CompletableFuture[]::new))
        .join();
    admin.close(Duration.ofSeconds(1));
  }

  /** A round under way may still start a stream, and asks by the admin client. */
  private void awaitRound() {
    try {
      if (!worker.awaitTermination(ROUND.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("the thread that follows the control topic is still busy; it starts nothing more");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

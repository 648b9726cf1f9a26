package io.millrace.launcher.client;

import io.millrace.batch.schedule.Schedules;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.kafka.ServedTopics;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.lookup.LookupCheck;
import io.millrace.view.app.ApplicationFolder;
import io.millrace.view.app.LookupFiles;
import io.millrace.view.compile.ViewCompiler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;

/** Publishes an application folder. Stateless. */
public final class Application {
  private static final Duration CATCH_UP = Duration.ofSeconds(30);

  private Application() {}

  /**
   * What became of one statement.
   *
   * @param kind {@code topic}, {@code source}, {@code lookup} or {@code view}
   * @param what {@code added}, {@code changed}, {@code unchanged}, {@code valid}, {@code left} (in
   *     effect, but not in the folder) or {@code dropped}
   * @param note more, for people; may be empty
   */
  public record Change(String kind, String name, String what, String note) {}

  /** What becomes of views and lookups that are in effect and no longer in their folder. */
  public enum Left {
    /** They go on, and are named. */
    NAMED,
    /** They are retired. */
    DROPPED
  }

  /**
   * Checks the folder as it stands, without a system, by the files of its lookups that there are.
   *
   * @throws MillraceException with every problem of the folder
   */
  public static List<Change> check(MillraceConfig config, Path folder) {
    ApplicationFolder application;
    try (LookupCheck files = new LookupCheck(config)) {
      application = load(folder, ControlState.EMPTY, files);
    }
    List<Change> checked = new ArrayList<>();
    for (SourceDefinition source : application.sources()) {
      checked.add(new Change("source", source.name(), "valid", "topic " + source.topic()));
    }
    for (LookupDefinition lookup : application.lookups()) {
      checked.add(new Change("lookup", lookup.name(), "valid", "version " + lookup.version()));
    }
    for (ViewDefinition view : application.views()) {
      checked.add(new Change("view", view.name(), "valid", "version " + view.version()));
    }
    return checked;
  }

  /** As below; views that are left are named, and no topic is another one than was applied. */
  public static List<Change> apply(MillraceConfig config, ControlLog control, Path folder) {
    return apply(config, control, folder, Left.NAMED, Set.of());
  }

  /**
   * Checks the folder, creates the topics it lacks, and publishes what is new. Nothing is published
   * if anything is wrong.
   *
   * @param newTopics sources whose topic, if it is another one than was applied, is taken as a new
   *     beginning
   * @throws MillraceException with every problem of the folder; {@code TOPIC_CHANGED}
   */
  public static List<Change> apply(
      MillraceConfig config, ControlLog control, Path folder, Left left, Set<String> newTopics) {
    ControlState state = control.catchUp(CATCH_UP);
    ApplicationFolder application;
    AppliedLookups lookups = new AppliedLookups(control);
    List<Change> changes = new ArrayList<>();
    try (LookupCheck files = new LookupCheck(config);
        Admin admin = Admin.create(config.adminProperties())) {
      application = load(folder, state, files);
      lookups.check(state, application);
      AppliedTopics topics =
          new AppliedTopics(admin, config.kafka().connectTimeout(), state.sources(), newTopics);
      topics.check(application.sources());
      for (SourceDefinition source : application.sources()) {
        createTopic(config, admin, source).ifPresent(changes::add);
      }
      Map<String, String> ids = topics.ids(application.sources());
      Map<String, SourceDefinition> anew = topics.beginningAnew(ids);
      if (!anew.equals(state.sources())) {
        application = ApplicationFolder.load(folder, anew, files);
      }
      application = application.withTopicIds(ids);
    }
    for (SourceDefinition source : application.sources()) {
      changes.add(publish(control, state, source));
    }
    application.lookups().forEach(lookup -> changes.add(lookups.publish(state, lookup)));
    // Looked up only now: a view may have been rebuilt since.
    ControlState before = control.catchUp(CATCH_UP);
    application = application.inGenerations(before::generation);
    for (ViewDefinition view : application.views()) {
      changes.add(publish(control, before, view));
    }
    changes.addAll(left(control, before, application, left));
    changes.addAll(lookups.left(before, application, left));
    return changes;
  }

  private static ApplicationFolder load(Path folder, ControlState state, LookupFiles files) {
    ApplicationFolder application = ApplicationFolder.load(folder, state.sources(), files);
    for (ViewDefinition view : application.views()) {
      view.schedule().ifPresent(Schedules::check);
    }
    return application;
  }

  private static List<Change> left(
      ControlLog control, ControlState state, ApplicationFolder application, Left left) {
    List<String> names = LeftViews.of(state, application);
    if (left == Left.DROPPED) {
      LeftViews.retire(control, state, names);
      return names.stream().map(name -> new Change("view", name, "dropped", "")).toList();
    }
    return names.stream()
        .map(
            name ->
                new Change(
                    "view",
                    name,
                    "left",
                    "not in this folder, and goes on; --prune or 'millrace drop "
                        + name
                        + "' ends it"))
        .toList();
  }

  private static Change publish(ControlLog control, ControlState state, SourceDefinition source) {
    SourceDefinition before = state.sources().get(source.name());
    if (source.equals(before)) {
      return new Change("source", source.name(), "unchanged", "");
    }
    control.publish(source);
    return new Change(
        "source",
        source.name(),
        before == null ? "added" : "changed",
        before == null || before.lakeTable().equals(source.lakeTable())
            ? "topic " + source.topic() + ", version " + source.version()
            : "a new beginning of topic "
                + source.topic()
                + " in lake table "
                + source.lakeTable()
                + "; "
                + before.lakeTable()
                + " keeps what was read before, until you drop it");
  }

  private static Change publish(ControlLog control, ControlState state, ViewDefinition view) {
    Optional<ViewDefinition> before = state.current(view.name());
    if (before.isPresent() && before.get().equals(view)) {
      return new Change("view", view.name(), "unchanged", "");
    }
    control.publish(view);
    ControlState now = control.state();
    if (now.generation(view.name()) > view.generation()) {
      // It was rebuilt at the same time: what was given up then must not come back.
      return publish(control, now, ViewCompiler.inGeneration(view, now.generation(view.name())));
    }
    if (before.isEmpty()) {
      return new Change("view", view.name(), "added", "version " + view.version());
    }
    return new Change(
        "view",
        view.name(),
        "changed",
        before.get().version().equals(view.version())
            ? "same version " + view.version()
            : "version "
                + view.version()
                + "; "
                + before.get().version()
                + " answers until the first run of the new one");
  }

  private static Optional<Change> createTopic(
      MillraceConfig config, Admin admin, SourceDefinition source) {
    String topic = source.topic();
    long timeoutMs = config.kafka().connectTimeout().toMillis();
    int partitions =
        Optional.ofNullable(source.options().get("partitions"))
            .map(Integer::parseInt)
            .orElse(config.kafka().topicPartitions());
    try {
      if (exists(admin, topic, config.kafka().connectTimeout())) {
        return Optional.empty();
      }
      NewTopic wanted = new NewTopic(topic, partitions, (short) config.kafka().replicationFactor());
      admin.createTopics(List.of(wanted)).all().get(timeoutMs, TimeUnit.MILLISECONDS);
      ServedTopics.await(admin, topic, partitions, config.kafka().connectTimeout());
      return Optional.of(new Change("topic", topic, "added", partitions + " partitions"));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return Optional.empty();
      }
      throw new MillraceException(
          ErrorCode.TOPIC_MISSING,
          "cannot create topic "
              + topic
              + ": the broker says "
              + Reason.of(e)
              + "; create it by hand, or change its rights",
          e);
    } catch (TimeoutException e) {
      throw new MillraceException(
          ErrorCode.BROKER_UNREACHABLE,
          "cannot create topic "
              + topic
              + ": found no answer from "
              + config.kafka().bootstrapServers().orElse("")
              + " within "
              + timeoutMs
              + " ms; start the broker, correct kafka.bootstrap.servers, or raise kafka.connect.timeout",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.INTERNAL, "interrupted while creating " + topic, e);
    }
  }

  private static boolean exists(Admin admin, String topic, Duration timeout)
      throws ExecutionException, InterruptedException, TimeoutException {
    try {
      return ServedTopics.exists(admin, topic, timeout);
    } catch (ExecutionException e) {
      throw KafkaRefusal.of(e, topic).orElseThrow(() -> e);
    }
  }
}

package io.millrace.serving.view;

import io.millrace.control.config.EditDistance;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.Position;
import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.live.SourceReach;
import io.millrace.serving.live.SpeedReader;
import io.millrace.serving.store.LocalStore;
import io.millrace.view.CompiledView;
import io.millrace.view.compile.ViewCompiler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All view versions of the control topic, as this replica has them. A name is answered by its
 * newest version that is ready, from when that has reached what older ones answer on: two versions
 * are flushed together but read from two topics, and an answer must not go back.
 *
 * <p>{@link #update} and {@link #close} belong to one thread; the rest is thread-safe.
 */
public final class ServedViews implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServedViews.class);

  /** How long views are waited for that do not stand at one position. */
  private static final Duration COMMON = Duration.ofMillis(500);

  /**
   * One version: served, or the reason why not.
   *
   * @param definition as applied last
   * @param own its state until it is served
   * @param served present once it is compiled
   * @param failure present if compiling it failed or is not done
   */
  public record Version(
      ViewDefinition definition,
      ViewState own,
      Optional<ServedView> served,
      Optional<MillraceException> failure) {
    static Version compiling(ViewDefinition definition) {
      return new Version(
          definition,
          ViewState.COMPILING,
          Optional.empty(),
          Optional.of(
              new MillraceException(
                  ErrorCode.VIEW_NOT_READY,
                  "cannot answer view " + definition.name() + " yet: it is being compiled")));
    }

    Version served(ServedView view) {
      return new Version(definition, own.to(ViewState.SERVED), Optional.of(view), Optional.empty());
    }

    /** Still to be taken up: what keeps it from that passes. */
    Version waiting(MillraceException why) {
      return new Version(definition, own, Optional.empty(), Optional.of(why));
    }

    Version failed(MillraceException why) {
      return new Version(definition, own.to(ViewState.FAILED), Optional.empty(), Optional.of(why));
    }

    /** The same version, its properties as applied last. */
    Version applied(ViewDefinition again) {
      return new Version(again, own, served, failure);
    }

    public ViewState state() {
      return served.map(ServedView::state).orElse(own);
    }

    boolean tookOver() {
      return state() == ViewState.TOOK_OVER;
    }

    /** As {@link ServedView#pin}; throws the failure if there is no view. */
    public ViewPin pin(QueryLayer layer) {
      return served.orElseThrow(failure::orElseThrow).pin(layer);
    }

    /** Whether both read one topic, so that their positions can be compared. */
    boolean sharesTopicWith(Version other) {
      return ServedView.shareTopic(definition, other.definition);
    }
  }

  private final LocalStore store;
  private final SpeedReader follower;
  private final Topics topics;
  private final Consumer<ServedView> retired;
  private volatile Map<String, Version> versions = Map.of();
  private final Object takeover = new Object();
  private final CommonPins common = new CommonPins(COMMON);
  private final Arrivals arrivals;
  private volatile boolean started;

  /**
   * @param retired told of each version before it is closed
   * @param longestWait how long a question may wait for a position
   * @param reach which positions there are to wait for
   */
  public ServedViews(
      LocalStore store,
      SpeedReader follower,
      Topics topics,
      Consumer<ServedView> retired,
      Duration longestWait,
      SourceReach reach) {
    this.store = store;
    this.follower = follower;
    this.topics = topics;
    this.retired = retired;
    this.arrivals = new Arrivals(this, longestWait, reach);
  }

  /** Where questions wait for positions. */
  public Arrivals arrivals() {
    return arrivals;
  }

  /** Takes up new versions and lets go of retired ones. */
  public void update(ControlState state) {
    Map<String, Version> before = versions;
    Map<String, Version> next = new LinkedHashMap<>();
    for (ViewDefinition definition : state.views().values()) {
      Version known = before.get(definition.id());
      next.put(
          definition.id(),
          known == null ? Version.compiling(definition) : known.applied(definition));
    }
    // Compiling takes a while: until then its name is known, and says so.
    versions = Collections.unmodifiableMap(new LinkedHashMap<>(next));
    started = true;
    for (ViewDefinition definition : state.views().values()) {
      if (!before.containsKey(definition.id())) {
        next.put(definition.id(), compile(next.get(definition.id())));
        versions = Collections.unmodifiableMap(new LinkedHashMap<>(next));
      }
    }
    before.forEach(
        (id, version) -> {
          if (!next.containsKey(id)) {
            version.served().ifPresent(this::retire);
          }
        });
    arrivals.changed();
  }

  /** Lets go of the data of all versions and takes each up again. */
  public void again() {
    again(version -> true);
  }

  /** Takes up what the local store had no room for. */
  public void retry() {
    again(version -> version.state() == ViewState.COMPILING);
  }

  private void again(Predicate<Version> which) {
    Map<String, Version> before = versions;
    Map<String, Version> next = new LinkedHashMap<>(before);
    List<String> ids = before.keySet().stream().filter(id -> which.test(before.get(id))).toList();
    if (ids.isEmpty()) {
      return;
    }
    ids.forEach(id -> next.put(id, Version.compiling(before.get(id).definition())));
    versions = Collections.unmodifiableMap(new LinkedHashMap<>(next));
    ids.forEach(id -> before.get(id).served().ifPresent(this::retire));
    for (String id : ids) {
      next.put(id, compile(next.get(id)));
      versions = Collections.unmodifiableMap(new LinkedHashMap<>(next));
    }
  }

  /** Every version, in the order they were applied. */
  public List<Version> all() {
    return List.copyOf(versions.values());
  }

  /** The names of all views, sorted. */
  public List<String> names() {
    return versions.values().stream().map(v -> v.definition().name()).distinct().sorted().toList();
  }

  /**
   * The versions of one view, newest first.
   *
   * @throws MillraceException {@code VIEW_UNKNOWN}
   */
  public List<Version> versions(String name) {
    List<Version> found = new ArrayList<>();
    for (Version version : versions.values()) {
      if (version.definition().name().equals(name)) {
        found.add(0, version);
      }
    }
    if (found.isEmpty()) {
      throw unknown(name);
    }
    return found;
  }

  /** The version that answers: the newest that is ready and not behind, else the newest. */
  public Version answering(String name) {
    return answering(versions(name));
  }

  /** Of every view the version that answers, by name: all of one moment. */
  public List<Version> answering() {
    Map<String, List<Version>> newestFirst = new TreeMap<>();
    for (Version version : versions.values()) {
      newestFirst
          .computeIfAbsent(version.definition().name(), name -> new ArrayList<>())
          .add(0, version);
    }
    return newestFirst.values().stream().map(ServedViews::answering).toList();
  }

  private static Version answering(List<Version> newestFirst) {
    for (int i = 0; i < newestFirst.size(); i++) {
      Optional<Position> reached = reached(newestFirst, i);
      try (ViewPin pin = newestFirst.get(i).pin(QueryLayer.MERGED)) {
        if (mayAnswer(pin, reached)) {
          return newestFirst.get(i);
        }
      } catch (MillraceException e) {
        LOG.debug("view {}: not ready", newestFirst.get(i).definition().id(), e);
      }
    }
    return newestFirst.get(0);
  }

  /**
   * Pins the version that answers.
   *
   * @throws MillraceException {@code VIEW_UNKNOWN}, or what the newest version waits for if none is
   *     ready
   */
  public ViewPin pin(String name, QueryLayer layer) {
    List<Version> newestFirst = versions(name);
    if (newestFirst.get(0).tookOver()) {
      return pin(newestFirst, layer);
    }
    // One at a time: what an older version answers meanwhile could be past what is compared with.
    synchronized (takeover) {
      return pin(newestFirst, layer);
    }
  }

  /**
   * Pins the versions that answer of several views, those of one source topic at one position; of
   * runs alone each as it is, for which live state need not have come.
   *
   * @param pins one of each view, such as {@link #pin} makes them of {@code layer}
   * @throws MillraceException as {@link #pin}; {@code BUSY} if they reach no common position in
   *     time
   */
  public List<ViewPin> pinTogether(List<Supplier<ViewPin>> pins, QueryLayer layer) {
    return layer == QueryLayer.BATCH ? all(pins) : common.pin(() -> all(pins));
  }

  private static List<ViewPin> all(List<Supplier<ViewPin>> pins) {
    List<ViewPin> made = new ArrayList<>();
    try {
      pins.forEach(pin -> made.add(pin.get()));
      return made;
    } catch (RuntimeException e) {
      made.forEach(ViewPin::close);
      throw e;
    }
  }

  private static ViewPin pin(List<Version> newestFirst, QueryLayer layer) {
    MillraceException newest = null;
    for (int i = 0; i < newestFirst.size(); i++) {
      try {
        Optional<Position> reached = reached(newestFirst, i);
        ViewPin pin = newestFirst.get(i).pin(layer);
        if (mayAnswer(pin, reached)) {
          // Another layer may be there while merged answers are not.
          if (layer == QueryLayer.MERGED) {
            pin.view().takeOver();
          }
          return pin;
        }
        pin.close();
      } catch (MillraceException e) {
        newest = newest == null ? e : newest;
      }
    }
    throw newest;
  }

  /** Up to where older versions than the {@code i}th answer from the same topic. */
  private static Optional<Position> reached(List<Version> newestFirst, int i) {
    Version version = newestFirst.get(i);
    if (version.served().isEmpty() || version.tookOver()) {
      return Optional.empty();
    }
    for (Version older : newestFirst.subList(i + 1, newestFirst.size())) {
      if (older.sharesTopicWith(version)) {
        try (ViewPin pin = older.pin(QueryLayer.MERGED)) {
          return Optional.of(pin.live(QueryLayer.MERGED));
        } catch (MillraceException e) {
          LOG.debug("view {}: not ready", older.definition().id(), e);
        }
      }
    }
    return Optional.empty();
  }

  private static boolean mayAnswer(ViewPin pin, Optional<Position> reached) {
    return pin.view().state() == ViewState.TOOK_OVER
        || reached.map(pin.live(QueryLayer.MERGED)::covers).orElse(true);
  }

  @Override
  public void close() {
    arrivals.close();
    Map<String, Version> last = versions;
    versions = Map.of();
    last.values().forEach(version -> version.served().ifPresent(this::retire));
  }

  private Version compile(Version version) {
    ViewDefinition definition = version.definition();
    CompiledView compiled;
    try {
      compiled = ViewCompiler.compileApplied(definition);
    } catch (MillraceException e) {
      LOG.error("view {}: {} {}", definition.id(), e.code(), e.getMessage());
      return version.failed(e);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      // Deep SQL may exhaust a stack, and what compiles code may fail to: that view's fault alone.
      LOG.error("view {}: cannot be compiled", definition.id(), e);
      return version.failed(
          new MillraceException(
              ErrorCode.INTERNAL, "cannot compile view " + definition.id() + ": found " + e, e));
    }
    try {
      ServedView view = new ServedView(compiled, store, arrivals::changed);
      follower.follow(topics.speed(definition), view.speed());
      LOG.info("view {}: taken up", definition.id());
      return version.served(view);
    } catch (MillraceException e) {
      LOG.error("view {}: {}; tried again", definition.id(), e.getMessage());
      return version.waiting(e);
    }
  }

  /** What goes wrong with one step, or one version, keeps nothing else from being let go. */
  private void retire(ServedView view) {
    String id = view.definition().id();
    safely(id, () -> follower.forget(topics.speed(view.definition())));
    safely(id, () -> retired.accept(view));
    safely(id, view::close);
    LOG.info("view {}: let go", id);
  }

  private static void safely(String id, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("view {}: cannot be let go in order", id, e);
    }
  }

  private MillraceException unknown(String name) {
    if (!started) {
      return new MillraceException(
          ErrorCode.VIEW_NOT_READY,
          "cannot answer view "
              + name
              + " yet: the serving layer is reading which views there are");
    }
    List<String> names = names();
    String known =
        names.stream()
            .min(Comparator.comparingInt(candidate -> EditDistance.between(candidate, name)))
            .map(nearest -> "expected one of " + names + "; did you mean '" + nearest + "'?")
            .orElse("expected a view that was applied; run `millrace apply DIR`");
    return new MillraceException(
        ErrorCode.VIEW_UNKNOWN, "cannot find view '" + name + "': found no such view, " + known);
  }
}

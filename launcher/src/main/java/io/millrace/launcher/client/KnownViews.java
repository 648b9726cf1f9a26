package io.millrace.launcher.client;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.ViewDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Waits until the HTTP API knows what was applied. For one thread. */
public final class KnownViews {
  /** A replica compiles one view after the other, on a busy machine for seconds each. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final Duration STATUS = Duration.ofSeconds(5);

  private final ServingClient serving;
  private final ControlLog control;

  public KnownViews(MillraceConfig config, ControlLog control) {
    this.serving = new ServingClient(config, ANSWER);
    this.control = control;
  }

  /**
   * Returns when the replica that this command would ask lists the views that were added or
   * changed, and none that was dropped, and has loaded the lookup tables, or cannot; at once if no
   * replica runs.
   *
   * @return what is still missing when patience ends, in words
   */
  public Optional<String> await(List<Application.Change> changes) {
    Set<String> added = names(changes, "view", Set.of("added", "changed"));
    Set<String> dropped = names(changes, "view", Set.of("dropped"));
    Set<String> lookups = names(changes, "lookup", Set.of("added"));
    if (added.isEmpty() && dropped.isEmpty() && lookups.isEmpty() || !replicaRuns()) {
      return Optional.empty();
    }
    ControlState state = control.state();
    Instant deadline = Instant.now().plus(PATIENCE);
    String missing;
    do {
      missing = missing(state, added, dropped, lookups);
      if (missing.isEmpty()) {
        return Optional.empty();
      }
    } while (pause() && Instant.now().isBefore(deadline));
    return Optional.of("not known to the HTTP API yet: " + missing + "; see 'millrace status'");
  }

  private static Set<String> names(
      List<Application.Change> changes, String kind, Set<String> what) {
    return changes.stream()
        .filter(change -> change.kind().equals(kind) && what.contains(change.what()))
        .map(Application.Change::name)
        .collect(Collectors.toSet());
  }

  private boolean replicaRuns() {
    return !Silence.of("serving", control.statuses(STATUS), Instant.now());
  }

  private String missing(
      ControlState state, Set<String> added, Set<String> dropped, Set<String> lookups) {
    Set<String> known;
    Set<String> loaded = Set.of();
    try {
      if (!lookups.isEmpty()) {
        loaded =
            serving.lookups().stream()
                .filter(lookup -> lookup.content().isPresent() || lookup.problem().isPresent())
                .map(ServingClient.Lookup::name)
                .collect(Collectors.toSet());
      }
      known = serving.views().stream().map(ServingClient.View::name).collect(Collectors.toSet());
    } catch (MillraceException e) {
      return e.getMessage();
    }
    Set<String> missing = new TreeSet<>(lookups);
    missing.removeAll(loaded);
    state.currentViews().stream()
        .map(ViewDefinition::name)
        .filter(name -> added.contains(name) && !known.contains(name))
        .forEach(missing::add);
    dropped.stream().filter(known::contains).forEach(missing::add);
    return String.join(", ", missing);
  }

  private static boolean pause() {
    try {
      return !new CountDownLatch(1).await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}

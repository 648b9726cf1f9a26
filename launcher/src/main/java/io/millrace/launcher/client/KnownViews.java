package io.millrace.launcher.client;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.log.ControlLog;
import io.millrace.control.log.ControlState;
import io.millrace.control.model.LookupDefinition;
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
import java.util.stream.Stream;

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
   * changed, and none that was dropped, and has loaded the lookup tables as they are now, or
   * cannot; at once if no replica runs.
   *
   * @return what is still missing when patience ends, in words
   */
  public Optional<String> await(List<Application.Change> changes) {
    Set<String> added = names(changes, "view", Set.of("added", "changed"));
    Set<String> dropped = names(changes, "view", Set.of("dropped"));
    Set<String> lookups = names(changes, "lookup", Set.of("added", "changed"));
    Set<String> ended = names(changes, "lookup", Set.of("dropped"));
    if (Stream.of(added, dropped, lookups, ended).allMatch(Set::isEmpty) || !replicaRuns()) {
      return Optional.empty();
    }
    ControlState state = control.state();
    Instant deadline = Instant.now().plus(PATIENCE);
    String missing;
    do {
      missing = missing(state, added, dropped, lookups, ended);
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
      ControlState state,
      Set<String> added,
      Set<String> dropped,
      Set<String> lookups,
      Set<String> ended) {
    Set<String> known;
    List<ServingClient.Lookup> tables = List.of();
    try {
      if (!lookups.isEmpty() || !ended.isEmpty()) {
        tables = serving.lookups();
      }
      known = serving.views().stream().map(ServingClient.View::name).collect(Collectors.toSet());
    } catch (MillraceException e) {
      return e.getMessage();
    }
    Set<String> missing = new TreeSet<>(lookups);
    for (ServingClient.Lookup table : tables) {
      if (isTakenUp(table, state.lookups().get(table.name()))) {
        missing.remove(table.name());
      }
      if (ended.contains(table.name())) {
        missing.add(table.name());
      }
    }
    state.currentViews().stream()
        .map(ViewDefinition::name)
        .filter(name -> added.contains(name) && !known.contains(name))
        .forEach(missing::add);
    dropped.stream().filter(known::contains).forEach(missing::add);
    return String.join(", ", missing);
  }

  /** The replica answers from what was applied, or says why it cannot. */
  private static boolean isTakenUp(ServingClient.Lookup table, LookupDefinition applied) {
    return applied != null
        && table.version().equals(applied.version())
        && table.path().equals(applied.path())
        && (table.current() || table.problem().isPresent());
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

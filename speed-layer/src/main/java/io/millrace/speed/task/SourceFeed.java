package io.millrace.speed.task;

import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import io.millrace.speed.view.StoppedView;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What one source's tasks share with the process around them: which views there are, how to run
 * them, and what the tasks report. Thread-safe.
 */
public final class SourceFeed {
  /**
   * @param topic the source topic
   * @param commitInterval least time between two commits that records ask for
   * @param longestPause between two commits, unless a commit itself takes longer
   * @param longestPoll how long a thread waits for records, with the look around it
   * @param transactionTimeout after which the broker aborts what was not committed
   * @param cutInterval least time between two cuts
   * @param heartbeatInterval a flush is written this often when nothing arrives
   * @param keepAllCuts age below which no cut is thinned
   * @param hotGroups groups on heap per task, shared evenly by its views
   * @param maxStateBytes of an encoded state and its key
   * @param instance names the process
   * @param clock wall clock, in which cuts age
   */
  public record Settings(
      String topic,
      Topics topics,
      Duration commitInterval,
      Duration longestPause,
      Duration longestPoll,
      Duration transactionTimeout,
      Duration cutInterval,
      Duration heartbeatInterval,
      Duration keepAllCuts,
      int hotGroups,
      long maxStateBytes,
      String instance,
      InstantSource clock) {}

  private final Settings settings;
  private final ViewRuntime runtime;
  private final SourceOffsets offsets;
  private final SourceMeters meters;
  private final HotBudget hotBudget;
  private final Map<String, StoppedView> stopped = new ConcurrentHashMap<>();
  private final Set<String> guarded = ConcurrentHashMap.newKeySet();
  private final Map<Integer, TaskStatus> statuses = new ConcurrentHashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ThreadLocal<FlushPace> pace;
  private final ThreadLocal<SourceProof> proof;
  private final Map<ViewDefinition, Set<Integer>> publishing = new ConcurrentHashMap<>();
  private volatile SourceViews views = SourceViews.NONE;

  /**
   * @param hotBudget shared with all sources of the process
   */
  public SourceFeed(
      Settings settings,
      ViewRuntime runtime,
      SourceOffsets offsets,
      SourceMeters meters,
      HotBudget hotBudget) {
    this.hotBudget = hotBudget;
    this.meters = meters;
    this.settings = settings;
    this.runtime = runtime;
    this.offsets = offsets;
    this.proof = ThreadLocal.withInitial(() -> new SourceProof(offsets));
    this.pace =
        ThreadLocal.withInitial(
            () ->
                new FlushPace(
                    settings.commitInterval(),
                    settings.longestPause(),
                    settings.longestPoll(),
                    settings.transactionTimeout().dividedBy(4)));
  }

  public Settings settings() {
    return settings;
  }

  ViewRuntime runtime() {
    return runtime;
  }

  SourceOffsets offsets() {
    return offsets;
  }

  public SourceMeters meters() {
    return meters;
  }

  public SourceViews views() {
    return views;
  }

  /** Tasks take it over before their next record, at the latest with the next heartbeat. */
  public void follow(SourceViews newViews) {
    views = newViews;
  }

  /** The calling thread's pace. */
  public FlushPace pace() {
    return pace.get();
  }

  /** The calling thread's. */
  SourceProof proof() {
    return proof.get();
  }

  /** Whether a partition of a view is being published again, to another speed topic. */
  void publishing(ViewDefinition view, int partition, boolean again) {
    if (again) {
      publishing.computeIfAbsent(view, v -> ConcurrentHashMap.newKeySet()).add(partition);
    } else {
      Set<Integer> partitions = publishing.get(view);
      if (partitions != null) {
        partitions.remove(partition);
      }
    }
  }

  /** The partitions of this process that are being published again, by view. */
  public Map<ViewDefinition, Set<Integer>> publishing() {
    Map<ViewDefinition, Set<Integer>> now = new HashMap<>(publishing);
    now.values().removeIf(Set::isEmpty);
    return now;
  }

  /** From now on this view's changes can be undone record by record. */
  public void guard(String viewId) {
    guarded.add(viewId);
  }

  /** From now on this view stands still on a partition, until the process ends. */
  public void stop(String viewId, int partition, StoppedView why) {
    stopped.put(partition + " " + viewId, why);
  }

  Optional<StoppedView> stopped(String viewId, int partition) {
    return Optional.ofNullable(stopped.get(partition + " " + viewId));
  }

  /** What the groups of one task may take on heap, of all its views. */
  long hotBytes() {
    return hotBudget.perTask();
  }

  boolean guarded(String viewId) {
    return guarded.contains(viewId);
  }

  void report(int partition, TaskStatus status) {
    if (statuses.put(partition, status) == null) {
      hotBudget.taskOpened();
    }
  }

  /** The partition is no longer this process's. */
  public void forget(int partition) {
    publishing.values().forEach(partitions -> partitions.remove(partition));
    if (statuses.remove(partition) != null) {
      hotBudget.taskClosed();
    }
  }

  /** What keeps views from going on, on some partition, by view name. */
  public Map<String, String> problems() {
    Map<String, String> problems = new TreeMap<>();
    for (ViewDefinition view : views.views()) {
      statuses.values().stream()
          .map(task -> task.views().get(view.id()))
          .filter(status -> status != null && !status.problem().isEmpty())
          .forEach(status -> problems.putIfAbsent(view.name(), status.problem()));
    }
    return problems;
  }

  /** What each task that runs here said last, by partition. */
  public Map<Integer, TaskStatus> statuses() {
    return Map.copyOf(statuses);
  }

  /**
   * Waits, unless the process is closing.
   *
   * @return false if it is
   */
  public boolean pause(Duration time) {
    try {
      return !closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  public void close() {
    closing.countDown();
  }
}

package io.millrace.batch.report;

import io.millrace.batch.archive.Archive;
import io.millrace.batch.run.Reconciler;
import io.millrace.batch.run.RunOwner;
import io.millrace.control.model.RunRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** What this process says of itself in its status. Thread-safe. */
public final class BatchStatus implements RunOwner {
  private static final String ERROR = "error.";

  private final Map<String, String> details = new ConcurrentHashMap<>();

  /**
   * @param at when
   */
  record Archived(Archive.Result result, Instant at) {}

  private final Map<String, Archived> archived = new ConcurrentHashMap<>();
  private final Map<String, Long> failed = new ConcurrentHashMap<>();
  private final Set<String> running = ConcurrentHashMap.newKeySet();

  @Override
  public void began(String runId) {
    running.add(runId);
  }

  @Override
  public void computed(RunRecord run, long records) {
    failed.put(run.view(), records);
    details.put("view." + run.view() + ".failed", Long.toString(records));
  }

  @Override
  public void ended(String runId) {
    running.remove(runId);
  }

  public Set<String> running() {
    return Set.copyOf(running);
  }

  public void archived(String source, Archive.Result result, Instant at) {
    archived.put(source, new Archived(result, at));
    details.put("source." + source + ".archived", Long.toString(result.rows()));
    details.put("source." + source + ".rejected", Long.toString(result.rejected()));
    details.put("source." + source + ".position", result.position().toString());
  }

  public void ran(RunRecord run) {
    details.put("view." + run.view() + ".run", run.runId());
  }

  public void error(String what, String message) {
    details.put(ERROR + what, message);
  }

  public void clear(String what) {
    details.remove(ERROR + what);
  }

  /** Forgets all of views and sources that are no more. */
  public void retain(Set<String> views, Set<String> sources) {
    for (String what : failing()) {
      int dot = what.indexOf('.');
      String name = what.substring(dot + 1);
      if (dot >= 0 && !(what.startsWith("source.") ? sources : views).contains(name)) {
        clear(what);
      }
    }
    archived.keySet().retainAll(sources);
    failed.keySet().retainAll(views);
    details.keySet().removeIf(key -> gone(key, "view.", views) || gone(key, "source.", sources));
  }

  /** Whether a detail, {@code <kind><name>.<what>}, is of a name that is no more. */
  private static boolean gone(String key, String kind, Set<String> names) {
    return key.startsWith(kind)
        && !names.contains(key.substring(kind.length(), key.lastIndexOf('.')));
  }

  /** What was last archived of each source, by name. */
  public Map<String, Archived> archived() {
    return Map.copyOf(archived);
  }

  /** Records that the last run of a view left out as the view throws on them, by its name. */
  public Map<String, Long> failed() {
    return Map.copyOf(failed);
  }

  /** What has failed and not worked since, by the name given to {@link #error}. */
  Set<String> failing() {
    return details.keySet().stream()
        .filter(key -> key.startsWith(ERROR))
        .map(key -> key.substring(ERROR.length()))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The messages of what has failed and not worked since. */
  public List<String> errors() {
    return new TreeMap<>(details)
        .entrySet().stream()
            .filter(entry -> entry.getKey().startsWith(ERROR))
            .map(Map.Entry::getValue)
            .toList();
  }

  public Map<String, String> details() {
    Map<String, String> all = new TreeMap<>(details);
    running.forEach(run -> all.put(Reconciler.RUNNING + run, "yes"));
    return all;
  }
}

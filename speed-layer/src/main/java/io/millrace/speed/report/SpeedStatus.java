package io.millrace.speed.report;

import io.millrace.control.model.Position;
import io.millrace.control.model.ViewDefinition;
import io.millrace.speed.streams.SourceEnd;
import io.millrace.speed.streams.SourceEnds;
import io.millrace.speed.streams.SourceStream;
import io.millrace.speed.task.SourceFeed;
import io.millrace.speed.task.TaskStatus;
import io.millrace.speed.view.ViewStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** Puts into words what the layer is doing, for {@code millrace status}. Thread-safe. */
public final class SpeedStatus {
  private final Followed followed;
  private final SourceEnds ends;

  public SpeedStatus(Followed followed, SourceEnds ends) {
    this.followed = followed;
    this.ends = ends;
  }

  public Map<String, String> details() {
    Map<String, String> details = new TreeMap<>();
    followed.errors().get().forEach((what, text) -> details.put("error." + what, text));
    followed.streams().get().forEach((name, stream) -> describe(name, stream, details));
    return details;
  }

  private void describe(String source, SourceStream stream, Map<String, String> details) {
    SourceFeed feed = stream.feed();
    Map<Integer, TaskStatus> tasks = feed.statuses();
    String prefix = "source." + source + ".";
    Map<Integer, Long> offsets = new HashMap<>();
    tasks.forEach((partition, task) -> offsets.put(partition, task.position()));
    details.put(prefix + "stream", stream.state().toString().toLowerCase(Locale.ROOT));
    details.put(prefix + "position", Position.of(offsets).toString());
    details.put(prefix + "rejected", sum(tasks, TaskStatus::rejected));
    details.put(
        prefix + "flush.us",
        Long.toString(tasks.values().stream().mapToLong(TaskStatus::flushMicros).max().orElse(0)));
    String topic = feed.settings().topic();
    // Its tasks' group is named as the application, which is not always named as the source.
    ends.ask(topic, stream.application(), offsets.keySet())
        .ifPresent(found -> read(prefix, offsets, found, details));
    List<String> waits = ends.problems(topic);
    if (!waits.isEmpty()) {
      details.put("error." + prefix + "waits", String.join("\n", waits));
    }
    long failed = 0;
    for (ViewDefinition view : feed.views().views()) {
      Map<Integer, ViewStatus> parts =
          tasks.entrySet().stream()
              .filter(e -> e.getValue().views().containsKey(view.id()))
              .collect(
                  Collectors.toMap(Map.Entry::getKey, e -> e.getValue().views().get(view.id())));
      String name = "view." + view.name() + ".";
      details.put(name + "groups", sum(parts, ViewStatus::groups));
      details.put(name + "groups.hot", sum(parts, ViewStatus::hot));
      details.put(name + "bytes.hot", sum(parts, ViewStatus::hotBytes));
      details.put(name + "bytes", sum(parts, ViewStatus::bytes));
      details.put(name + "segments", sum(parts, ViewStatus::segments));
      details.put(name + "failed", sum(parts, ViewStatus::failed));
      failed += parts.values().stream().mapToLong(ViewStatus::failed).sum();
    }
    details.put(prefix + "failed", Long.toString(failed));
  }

  private static <T> String sum(Map<?, T> parts, ToLongFunction<T> what) {
    return Long.toString(parts.values().stream().mapToLong(what).sum());
  }

  /** How far records have been read, and how many offsets are not in the live state yet. */
  private static void read(
      String prefix,
      Map<Integer, Long> positions,
      Map<Integer, SourceEnd> ends,
      Map<String, String> details) {
    Map<Integer, Long> read = new HashMap<>();
    long lag = 0;
    for (Map.Entry<Integer, SourceEnd> end : ends.entrySet()) {
      long position = positions.get(end.getKey());
      read.put(end.getKey(), Math.max(position, end.getValue().read()));
      lag += end.getValue().lag(position);
    }
    details.put(prefix + "read", Position.of(read).toString());
    details.put(prefix + "lag", Long.toString(lag));
  }
}

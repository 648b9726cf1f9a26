package io.millrace.serving.live;

import io.millrace.control.model.Progress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/**
 * How far one speed topic has been followed. A partition is caught up when it has been read to the
 * end it had when reading began, and then to the end it had at that moment: compaction may take a
 * record away in front of a slow reader only if a newer one lies below the second end. One that has
 * come past that end in the midst of a large flush is caught up when the flush ends.
 *
 * <p>Belongs to the following thread.
 */
final class SpeedTopic {
  /** Which end a partition is being read to: the first or the second. */
  private record Heading(long end, boolean second) {}

  private final String name;
  private final Uuid id;
  private final SpeedView view;
  private final Map<Integer, Heading> catching = new HashMap<>();
  private final Set<Integer> caughtUp = new HashSet<>();
  private boolean complete;

  SpeedTopic(String name, Uuid id, SpeedView view) {
    this.name = name;
    this.id = id;
    this.view = view;
  }

  Uuid id() {
    return id;
  }

  /**
   * Whether all that a flush stands for is in this topic: one of a task that wrote to another topic
   * of the name ends a part of it.
   */
  boolean completedBy(Progress flushed) {
    return flushed.speedTopicId().map(id.toString()::equals).orElse(true);
  }

  /** Whether anything may have been read of it. */
  boolean any() {
    return !caughtUp.isEmpty() || !catching.isEmpty();
  }

  SpeedView view() {
    return view;
  }

  boolean follows(int partition) {
    return caughtUp.contains(partition) || catching.containsKey(partition);
  }

  boolean caughtUp(int partition) {
    return caughtUp.contains(partition);
  }

  /** Starts a partition whose end is {@code end} now. */
  void begin(int partition, long end) {
    catching.put(partition, new Heading(end, false));
  }

  /** All partitions the topic has now have begun; the view is caught up once they are. */
  void allBegun() {
    complete = true;
  }

  /** Partitions that have reached the end they were heading for, given where the reader stands. */
  List<TopicPartition> reached(ToLongFunction<TopicPartition> reader) {
    List<TopicPartition> reached = new ArrayList<>();
    catching.forEach(
        (partition, heading) -> {
          TopicPartition topicPartition = new TopicPartition(name, partition);
          boolean may = !heading.second() || !view.isWithinFlush(partition);
          if (may && reader.applyAsLong(topicPartition) >= heading.end()) {
            reached.add(topicPartition);
          }
        });
    return reached;
  }

  /** A partition that reached its end heads for the present one, or is caught up. */
  void reached(int partition, long endNow) {
    if (!catching.get(partition).second()) {
      catching.put(partition, new Heading(endNow, true));
      return;
    }
    catching.remove(partition);
    caughtUp.add(partition);
    view.partitionCaughtUp(partition);
  }

  /** Tells the view what is still missing. */
  void announce() {
    if (complete && catching.isEmpty()) {
      view.caughtUp(caughtUp.size());
    } else if (!view.isCaughtUp()) {
      view.waitsFor(
          "its live state to be read ("
              + caughtUp.size()
              + " of "
              + (caughtUp.size() + catching.size())
              + " partitions)");
    }
  }
}

package io.millrace.serving.view;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.serving.live.SpeedView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Pins several views such that those of one source topic stand at one position. The law: of pins
 * that share a topic, the live positions are equal.
 *
 * <p>The speed layer flushes all views of a partition in one transaction, so that each goes through
 * the same positions; but each has a topic of its own, and is read in its own time. Where two do
 * not stand at the same position, both are held, are let on to the furthest that one has reached on
 * each partition, and are pinned there:
 *
 * <pre>
 *   a  ──●──●──●            held at 3
 *   b  ──●──●··○──▷         goes on to 3, and no further
 * </pre>
 *
 * <p>One at a time does so: two that hold views might wait for each other. Thread-safe.
 */
final class CommonPins {
  private final Duration patience;
  private final ReentrantLock one = new ReentrantLock(true);

  /**
   * @param patience how long it tries, and views are held at most
   */
  CommonPins(Duration patience) {
    this.patience = patience;
  }

  /**
   * @param pins makes one pin of each view, in the same order each time
   * @throws MillraceException {@code BUSY} if they reach no common position in time
   */
  List<ViewPin> pin(Supplier<List<ViewPin>> pins) {
    List<ViewPin> first = pins.get();
    if (groups(first).stream().allMatch(CommonPins::agree)) {
      return first;
    }
    long deadline = System.nanoTime() + patience.toNanos();
    List<ViewPin> last = first;
    try {
      if (one.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        try {
          do {
            List<ViewPin> before = last;
            close(before);
            last = List.of();
            last = held(before, pins, deadline);
            if (groups(last).stream().allMatch(CommonPins::agree)) {
              return last;
            }
          } while (System.nanoTime() < deadline);
        } finally {
          one.unlock();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      close(last);
      throw e;
    }
    MillraceException apart = apart(last);
    close(last);
    throw apart;
  }

  private static List<ViewPin> held(
      List<ViewPin> views, Supplier<List<ViewPin>> pins, long deadline)
      throws InterruptedException {
    List<SpeedView> held = new ArrayList<>();
    try {
      for (List<ViewPin> group : groups(views)) {
        if (group.size() > 1) {
          meet(group.stream().map(pin -> pin.view().speed()).toList(), held, deadline);
        }
      }
      return pins.get();
    } finally {
      held.forEach(SpeedView::release);
    }
  }

  /** Brings views to the furthest that one of them has reached. */
  private static void meet(List<SpeedView> views, List<SpeedView> held, long deadline)
      throws InterruptedException {
    Map<Integer, Long> furthest = new HashMap<>();
    for (SpeedView view : views) {
      held.add(view);
      view.hold().forEach((partition, offset) -> furthest.merge(partition, offset, Math::max));
    }
    views.forEach(view -> view.showUpTo(furthest));
    for (SpeedView view : views) {
      view.await(furthest, deadline);
    }
  }

  /** The pins by the topic they are of. */
  private static List<List<ViewPin>> groups(List<ViewPin> pins) {
    List<List<ViewPin>> groups = new ArrayList<>();
    for (ViewPin pin : pins) {
      groups.stream()
          .filter(group -> group.get(0).view().sharesTopicWith(pin.view()))
          .findFirst()
          .orElseGet(
              () -> {
                List<ViewPin> fresh = new ArrayList<>();
                groups.add(fresh);
                return fresh;
              })
          .add(pin);
    }
    return groups;
  }

  private static boolean agree(List<ViewPin> group) {
    Position position = group.get(0).live(QueryLayer.MERGED);
    return group.stream().allMatch(pin -> pin.live(QueryLayer.MERGED).equals(position));
  }

  private static void close(List<ViewPin> pins) {
    pins.forEach(ViewPin::close);
  }

  private MillraceException apart(List<ViewPin> pins) {
    String found =
        pins.stream()
            .map(pin -> pin.view().definition().name() + " at " + pin.live(QueryLayer.MERGED))
            .collect(Collectors.joining(", "));
    return new MillraceException(
        ErrorCode.BUSY,
        "cannot answer now: found views of one source at positions that differ: "
            + found
            + ", expected them at one position within "
            + patience.toMillis()
            + " ms; ask again in a second, or ask each view by itself");
  }
}

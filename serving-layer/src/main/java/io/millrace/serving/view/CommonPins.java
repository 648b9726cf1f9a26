package io.millrace.serving.view;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.live.SpeedView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
 * <p>Of a source one at a time does so: two that hold views might wait for each other. A view that
 * did not come is not waited for again while it stands where it stood. Thread-safe.
 */
final class CommonPins {
  /** Between one try and the next. */
  private static final long PAUSE_MS = 5;

  private final Duration patience;
  private final Map<String, ReentrantLock> bySource = new ConcurrentHashMap<>();

  /** Where views stood, by their ids, that did not come as far as others in time. */
  private final Map<String, Map<Integer, Long>> behind = new ConcurrentHashMap<>();

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
    if (agree(first)) {
      return first;
    }
    List<ViewPin> last = first;
    List<ReentrantLock> locks = new ArrayList<>();
    try {
      if (apart(first).noneMatch(this::standsStill) && lock(first, locks)) {
        long deadline = System.nanoTime() + patience.toNanos();
        do {
          List<ViewPin> before = last;
          close(before);
          last = List.of();
          last = held(before, pins, deadline);
          if (agree(last)) {
            return last;
          }
          // Those that were let on came, and more does not follow from that at once.
          TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
        } while (System.nanoTime() < deadline);
        behind(last);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      close(last);
      throw e;
    } finally {
      locks.forEach(ReentrantLock::unlock);
    }
    MillraceException busy = busy(last);
    close(last);
    throw busy;
  }

  /** Those that are behind by their runs, not by their flushes, are not waited for again either. */
  private void behind(List<ViewPin> pins) {
    for (List<ViewPin> group : groups(pins)) {
      Map<Integer, Long> furthest = new HashMap<>();
      group.forEach(
          pin ->
              pin.live(QueryLayer.MERGED)
                  .offsets()
                  .forEach((partition, offset) -> furthest.merge(partition, offset, Math::max)));
      for (ViewPin pin : group) {
        if (!pin.live(QueryLayer.MERGED).offsets().equals(furthest)) {
          behind.put(pin.view().definition().id(), pin.view().speed().offsets());
        }
      }
    }
  }

  private boolean standsStill(ViewPin pin) {
    return pin.view().speed().offsets().equals(behind.get(pin.view().definition().id()));
  }

  /** Sources in one order, so that no two wait for each other. */
  private boolean lock(List<ViewPin> pins, List<ReentrantLock> locks) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    Set<String> sources = new TreeSet<>();
    apart(pins).forEach(pin -> sources.add(pin.view().definition().source().topic()));
    for (String source : sources) {
      ReentrantLock lock = bySource.computeIfAbsent(source, s -> new ReentrantLock(true));
      if (!lock.tryLock(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return false;
      }
      locks.add(lock);
    }
    return true;
  }

  private List<ViewPin> held(List<ViewPin> views, Supplier<List<ViewPin>> pins, long deadline)
      throws InterruptedException {
    List<SpeedView> held = new ArrayList<>();
    try {
      for (List<ViewPin> group : groups(views)) {
        if (group.size() > 1) {
          meet(group, held, deadline);
        }
      }
      return pins.get();
    } finally {
      held.forEach(SpeedView::release);
    }
  }

  /** Brings views to the furthest that one of them has reached. */
  private void meet(List<ViewPin> group, List<SpeedView> held, long deadline)
      throws InterruptedException {
    Map<Integer, Long> furthest = new HashMap<>();
    for (ViewPin pin : group) {
      SpeedView view = pin.view().speed();
      held.add(view);
      view.hold().forEach((partition, offset) -> furthest.merge(partition, offset, Math::max));
    }
    for (ViewPin pin : group) {
      pin.view().speed().showUpTo(furthest);
    }
    for (ViewPin pin : group) {
      String id = pin.view().definition().id();
      if (pin.view().speed().await(furthest, deadline)) {
        behind.remove(id);
      } else {
        behind.put(id, pin.view().speed().offsets());
      }
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

  private static boolean agree(List<ViewPin> pins) {
    return apart(pins).findAny().isEmpty();
  }

  /** Those of sources whose views do not stand at one position. */
  private static Stream<ViewPin> apart(List<ViewPin> pins) {
    return groups(pins).stream()
        .filter(
            group -> group.stream().map(pin -> pin.live(QueryLayer.MERGED)).distinct().count() > 1)
        .flatMap(List::stream);
  }

  private static void close(List<ViewPin> pins) {
    pins.forEach(ViewPin::close);
  }

  private MillraceException busy(List<ViewPin> pins) {
    String found =
        apart(pins)
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

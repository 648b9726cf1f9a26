package io.millrace.serving.view;

import io.millrace.control.config.Durations;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.SourcePosition;
import io.millrace.serving.live.SourceReach;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Demands positions of answers, and wakes who waits for them. A question that has not been reached
 * is put down with nothing pinned and no thread of its own; one thread for all looks through what
 * waits each time a flush or a run has arrived, however many arrive meanwhile.
 *
 * <p>{@code changes} counts arrivals. A question reads it before it is answered, so that what
 * arrives between its answer and its wait is not missed; and it is woken by a later count only, so
 * that one which is asked again in vain does not turn in a circle.
 *
 * <p>Bounded by {@link #MOST} questions and {@link #MOST_BYTES}; thread-safe.
 */
public final class Arrivals implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);

  /** So many questions may wait at once. */
  public static final int MOST = 1_024;

  /** What the questions that wait may hold. */
  static final long MOST_BYTES = 16L << 20;

  /** What one offset of a position takes on the heap, about. */
  private static final int OFFSET_BYTES = 200;

  private static final Duration DEFAULT = Duration.ofSeconds(2);

  /** One position that one view has to reach. */
  record Target(String view, SourceDefinition source, SourcePosition asked, QueryLayer layer) {}

  /**
   * What a question waits for.
   *
   * @param changes as counted before it was answered
   */
  record Wait(List<Target> targets, long changes) {
    long bytes() {
      return targets.stream()
          .mapToLong(target -> (long) OFFSET_BYTES * target.asked().position().offsets().size())
          .sum();
    }
  }

  private static final class Waiter {
    private final Wait wait;
    private final long untilNanos;
    private final long bytes;
    private final CompletableFuture<Void> woken = new CompletableFuture<>();
    private long seen;

    private Waiter(Wait wait, long untilNanos, long bytes) {
      this.wait = wait;
      this.untilNanos = untilNanos;
      this.bytes = bytes;
      this.seen = wait.changes();
    }
  }

  private final ServedViews views;
  private final Duration longest;
  private final SourceReach reach;
  private final Object lock = new Object();
  private final List<Waiter> waiters = new ArrayList<>();
  private long bytes;
  private long changes;
  private volatile boolean closed;
  private Thread thread;

  /**
   * @param longest how long a question may wait
   */
  Arrivals(ServedViews views, Duration longest, SourceReach reach) {
    this.views = views;
    this.longest = longest;
    this.reach = reach;
  }

  /** Something may be reached that was not before. Cheap; never blocks. */
  void changed() {
    synchronized (lock) {
      changes++;
      lock.notifyAll();
    }
  }

  /** To be read before the views are pinned, for {@link #demand}. */
  public long changes() {
    synchronized (lock) {
      return changes;
    }
  }

  /** Whether its thread is gone while questions may wait, which only a new process brings back. */
  public boolean ended() {
    synchronized (lock) {
      return thread != null && !closed && thread.getState() == Thread.State.TERMINATED;
    }
  }

  /** How many questions wait. */
  public int waiting() {
    synchronized (lock) {
      return waiters.size();
    }
  }

  /**
   * Demands that an answer has reached a position.
   *
   * @param pins of the views it is made of
   * @param counted {@link #changes} from before they were pinned
   * @throws NotReachedException if one of the views over the position's source has not
   * @throws MillraceException {@code BAD_REQUEST} if none is over it, or if it is a position in
   *     another topic; {@code TOPIC_CHANGED} if the source's topic is another than was applied
   */
  public void demand(AtLeast atLeast, Collection<ViewPin> pins, QueryLayer layer, long counted) {
    Duration timeout = timeout(atLeast);
    List<Target> missing = new ArrayList<>();
    List<String> found = new ArrayList<>();
    for (SourcePosition asked : atLeast.positions()) {
      boolean over = false;
      for (ViewPin pin : pins) {
        String view = pin.view().definition().name();
        SourceDefinition source = pin.view().definition().source();
        if (!source.name().equals(asked.source())) {
          continue;
        }
        over = true;
        // Who wrote to another topic of the name may not know it yet.
        pin.view()
            .topicProblem()
            .ifPresent(
                problem -> {
                  throw problem;
                });
        boolean sameTopic = sameTopic(source, asked);
        if (!sameTopic && !awaits(view, asked)) {
          throw otherTopic(source, asked);
        }
        if (!sameTopic || !pin.live(layer).covers(asked.position())) {
          missing.add(new Target(view, source, asked, layer));
          found.add("view " + view + " at " + pin.reached(layer));
        }
      }
      if (!over) {
        throw notOver(asked, pins);
      }
    }
    if (!missing.isEmpty()) {
      throw new NotReachedException(
          "cannot answer at "
              + atLeast
              + " within "
              + Durations.format(timeout)
              + ": found "
              + String.join(", ", found)
              + ", expected "
              + missing.stream()
                  .map(target -> target.asked().toString())
                  .distinct()
                  .collect(Collectors.joining(", "))
              + "; ask again, or with a longer "
              + AtLeast.TIMEOUT,
          this,
          new Wait(missing, counted),
          timeout);
    }
  }

  private Duration timeout(AtLeast atLeast) {
    Duration timeout = atLeast.timeout().orElse(DEFAULT.compareTo(longest) < 0 ? DEFAULT : longest);
    if (timeout.compareTo(longest) > 0) {
      throw AtLeast.bad(
          "found %s %s, expected at most %s; take less, or raise serving.wait.longest"
              .formatted(AtLeast.TIMEOUT, Durations.format(timeout), Durations.format(longest)));
    }
    return timeout;
  }

  private static boolean sameTopic(SourceDefinition source, SourcePosition asked) {
    return asked.topicId().isEmpty()
        || source.topicId().isEmpty()
        || source.topicId().equals(asked.topicId());
  }

  /**
   * Whether a version of the view is over the topic that is asked, though it may not answer yet.
   */
  private boolean awaits(String view, SourcePosition asked) {
    return views.versions(view).stream()
        .map(version -> version.definition().source())
        .anyMatch(source -> source.name().equals(asked.source()) && sameTopic(source, asked));
  }

  private static MillraceException otherTopic(SourceDefinition source, SourcePosition asked) {
    return AtLeast.bad(
        "found a position in the topic with id "
            + asked.topicId().orElseThrow()
            + ", expected "
            + source.topicId().orElseThrow()
            + ", which is that of source "
            + source.name()
            + ": offsets of another topic mean nothing in it; take a position of what was written"
            + " to topic "
            + source.topic()
            + " since it was made again");
  }

  private static MillraceException notOver(SourcePosition asked, Collection<ViewPin> pins) {
    Set<String> sources = new TreeSet<>();
    pins.forEach(pin -> sources.add(pin.view().definition().source().name()));
    return AtLeast.bad(
        "found a position of source "
            + asked.source()
            + ", expected one of "
            + sources
            + ", over which the question's views are; leave it out, or ask a view over that"
            + " source");
  }

  /** See {@link NotReachedException#mayHaveArrived}. */
  CompletableFuture<Void> await(Wait wait, long untilNanos, long request) {
    long held = request + wait.bytes();
    Waiter waiter = new Waiter(wait, untilNanos, held);
    synchronized (lock) {
      if (closed) {
        return CompletableFuture.failedFuture(stopping());
      }
      if (waiters.size() >= MOST || bytes + held > MOST_BYTES) {
        return CompletableFuture.failedFuture(
            busy(waiters.size() + " questions that wait, expected fewer"));
      }
      bytes += held;
      waiters.add(waiter);
      if (thread == null) {
        thread = new Thread(this::run, "serving-arrivals");
        thread.setDaemon(true);
        thread.start();
      }
      lock.notifyAll();
    }
    for (Target target : wait.targets()) {
      reach
          .check(target.source(), target.asked())
          .whenComplete((fits, failure) -> refuse(waiter, failure));
    }
    return waiter.woken;
  }

  private static MillraceException stopping() {
    return busy("that this replica is being stopped, expected it to go on");
  }

  private static MillraceException busy(String found) {
    return new MillraceException(
        ErrorCode.BUSY,
        "cannot wait for a position now: found " + found + "; ask again, or another replica");
  }

  private void refuse(Waiter waiter, Throwable failure) {
    if (failure == null) {
      return;
    }
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof MillraceException known && known.code() == ErrorCode.BAD_REQUEST) {
      remove(List.of(waiter));
      waiter.woken.completeExceptionally(known);
    }
  }

  private void remove(List<Waiter> gone) {
    synchronized (lock) {
      for (Waiter waiter : gone) {
        if (waiters.remove(waiter)) {
          bytes -= waiter.bytes;
        }
      }
    }
  }

  private void run() {
    while (true) {
      List<Waiter> look = new ArrayList<>();
      List<Waiter> done = new ArrayList<>();
      synchronized (lock) {
        while (!closed && !pick(look, done)) {
          try {
            pause();
          } catch (InterruptedException e) {
            return;
          }
        }
      }
      if (closed) {
        refuseAll();
        return;
      }
      look.stream().filter(waiter -> mayHaveArrived(waiter.wait)).forEach(done::add);
      remove(done);
      done.forEach(waiter -> waiter.woken.complete(null));
    }
  }

  private void refuseAll() {
    List<Waiter> refused;
    synchronized (lock) {
      refused = List.copyOf(waiters);
      waiters.clear();
      bytes = 0;
    }
    refused.forEach(waiter -> waiter.woken.completeExceptionally(stopping()));
  }

  /** What is to be looked at, and whose time is up; whether there is any. */
  private boolean pick(List<Waiter> look, List<Waiter> done) {
    long now = System.nanoTime();
    for (Waiter waiter : waiters) {
      if (waiter.untilNanos - now <= 0) {
        done.add(waiter);
      } else if (waiter.seen < changes) {
        waiter.seen = changes;
        look.add(waiter);
      }
    }
    return !look.isEmpty() || !done.isEmpty();
  }

  /** Until something changes, or the first time is up. */
  private void pause() throws InterruptedException {
    if (waiters.isEmpty()) {
      lock.wait();
      return;
    }
    long now = System.nanoTime();
    long first = waiters.stream().mapToLong(waiter -> waiter.untilNanos - now).min().getAsLong();
    // Its time may be up since it was looked at; no time at all would be for ever.
    lock.wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(first) + 1));
  }

  /** Never false where an answer would do; true may be a version that does not answer yet. */
  private boolean mayHaveArrived(Wait wait) {
    try {
      return wait.targets().stream().allMatch(this::mayHaveArrived);
    } catch (RuntimeException e) {
      // The view is gone, say: its question is to hear of it.
      LOG.debug("a question that waits is asked again", e);
      return true;
    }
  }

  private boolean mayHaveArrived(Target target) {
    return views.versions(target.view()).stream()
        .map(ServedViews.Version::served)
        .flatMap(Optional::stream)
        .anyMatch(
            view ->
                sameTopic(view.definition().source(), target.asked())
                    && view.reached(target.layer()).covers(target.asked().position()));
  }

  /** Refuses all that wait, and all that would: a server stops when it has answered everybody. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
  }
}

package io.millrace.system.chaos;

import io.millrace.system.Answer;
import io.millrace.system.CheckedView;
import io.millrace.system.Http;
import io.millrace.system.TopicTail;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks every replica for every view, all the time, each on a thread of its own, and on another one
 * holds the answers against the oracle, as soon as that has read the records they are of.
 */
final class Sampling implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(150);

  private record Asked(Member replica, Answer answer) {}

  private final Watch watch;
  private final Map<Shop, TopicTail<Sale>> tails = new EnumMap<>(Shop.class);
  private final Map<String, CheckedView<Sale>> oracles = new HashMap<>();
  private final ConcurrentLinkedQueue<Asked> asked = new ConcurrentLinkedQueue<>();
  private final Deque<Asked> waiting = new ArrayDeque<>();
  private final Set<String> runs = new HashSet<>();
  private final List<Thread> askers = new ArrayList<>();
  private final Thread judge = new Thread(this::judge, "judge");
  private volatile Set<Shop> watched = Set.of(Shop.values());
  private volatile boolean stopped;
  private volatile boolean closed;
  private volatile boolean asking = true;
  private volatile boolean grown;
  private volatile int withLive;

  Sampling(ChaosSystem system, Watch watch) {
    this.watch = watch;
    for (Shop source : Shop.values()) {
      TopicTail<Sale> tail =
          new TopicTail<>(system.bootstrapServers(), source.topic, Sale.SCHEMA, Sale::of);
      tails.put(source, tail);
      for (String view : source.views) {
        for (Member replica : Member.REPLICAS) {
          oracles.put(replica + view, Shop.oracle(view, tail.log()));
        }
      }
    }
    for (Member replica : Member.REPLICAS) {
      askers.add(new Thread(() -> ask(replica, system.http(replica)), "asks-" + replica));
    }
    askers.forEach(Thread::start);
    judge.start();
  }

  /** From now on this source's views are not asked for. */
  void leave(Shop source) {
    Set<Shop> left = new HashSet<>(watched);
    left.remove(source);
    watched = left;
  }

  /** From now on records in partitions that topics were given are known too. */
  void follow() {
    grown = true;
  }

  /** Sources whose views are asked for. */
  Set<Shop> watched() {
    return watched;
  }

  private void ask(Member replica, Http http) {
    while (asking) {
      for (Shop source : watched) {
        source.views.forEach(view -> ask(replica, http, view));
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void ask(Member replica, Http http, String view) {
    Tolerance before = watch.tolerance();
    try {
      Answer answer = http.answer(view);
      watch.answered(replica, answer);
      asked.add(new Asked(replica, answer));
    } catch (Http.Refused e) {
      watch.refused(replica, view, e.body(), before);
    } catch (IOException e) {
      watch.silent(replica, view, e, before);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (AssertionError e) {
      watch.breach(e.getMessage());
    }
  }

  private void judge() {
    try {
      while (!stopped || !asked.isEmpty() || !waiting.isEmpty()) {
        for (Shop source : watched) {
          if (grown) {
            tails.get(source).follow();
          }
          tails.get(source).read(Duration.ofMillis(50));
        }
        grown = false;
        for (Asked next = asked.poll(); next != null; next = asked.poll()) {
          waiting.add(next);
        }
        waiting.removeIf(this::judged);
      }
    } catch (RuntimeException e) {
      if (!closed) {
        watch.breach("the judge failed: " + e);
      }
    } finally {
      tails.values().forEach(TopicTail::close);
    }
  }

  private boolean judged(Asked next) {
    Answer answer = next.answer();
    TopicTail<Sale> tail = tails.get(source(answer.view()));
    if (!tail.holds(answer.live())) {
      return !watched.contains(source(answer.view()));
    }
    oracles
        .get(next.replica() + answer.view())
        .differences(answer)
        .forEach(difference -> watch.breach(next.replica() + " " + difference));
    if (!answer.runId().isEmpty() && !answer.live().equals(answer.boundary())) {
      withLive++;
      runs.add(answer.runId());
    }
    return true;
  }

  private static Shop source(String view) {
    return Shop.SALES.views.contains(view) ? Shop.SALES : Shop.RETURNS;
  }

  /** Stops asking, and returns when every answer has been judged. */
  void stop(Duration patience) throws InterruptedException {
    asking = false;
    for (Thread asker : askers) {
      asker.join(patience.toMillis());
    }
    stopped = true;
    judge.join(patience.toMillis());
    if (judge.isAlive()) {
      watch.breach("answers at positions that the topics never reached: " + waiting.peek());
    }
  }

  /** How many answers were held against the oracle. */
  int checked() {
    return oracles.values().stream().mapToInt(CheckedView::checked).sum();
  }

  /** How many of these had every row equal. */
  int equal() {
    return oracles.values().stream().mapToInt(CheckedView::equal).sum();
  }

  /** How many of these joined a run with live state past its boundary. */
  int withLive() {
    return withLive;
  }

  /** How many runs these joined. */
  int runs() {
    return runs.size();
  }

  @Override
  public void close() {
    closed = true;
    asking = false;
    stopped = true;
    askers.forEach(Thread::interrupt);
    judge.interrupt();
  }
}

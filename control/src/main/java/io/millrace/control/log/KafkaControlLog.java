package io.millrace.control.log;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.ControlCluster;
import io.millrace.control.kafka.KafkaRefusal;
import io.millrace.control.kafka.TopicGuard;
import io.millrace.control.log.ControlKey.Kind;
import io.millrace.control.model.Correction;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.Refusal;
import io.millrace.control.model.RunAudit;
import io.millrace.control.model.RunRecord;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.Topics;
import io.millrace.control.model.ViewDefinition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link ControlLog} over Kafka. One thread reads the topic for ever and folds it; a write waits
 * until that thread has come past it.
 */
final class KafkaControlLog implements ControlLog {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaControlLog.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration WRITE = Duration.ofSeconds(30);
  private static final int MOST_NAMED = 3;

  private final Topics topics;
  private final ControlCluster cluster;
  private final TopicPartition partition;
  private final Producer<byte[], byte[]> producer;
  private final Consumer<byte[], byte[]> consumer;
  private final TopicGuard guard;
  private final StatusTopic status;
  private final StatusFollower heard;
  private final RequestTopic requests;
  private final Thread thread;

  private final ControlFold fold = new ControlFold();
  private final Followers<ControlState> followers = new Followers<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition advanced = lock.newCondition();

  /** Exclusive end of what is in {@link #state}; guarded by {@link #lock}. */
  private long position;

  private volatile ControlState state = fold.state();

  /** That the following thread was refused the topic, until it is let in again; else null. */
  private volatile MillraceException refusal;

  private volatile boolean closed;

  private KafkaControlLog(Topics topics, ControlCluster cluster, TopicGuard guard) {
    this.topics = topics;
    this.guard = guard;
    this.cluster = cluster;
    partition = new TopicPartition(topics.control(), 0);
    producer = cluster.producer();
    consumer = cluster.steadyFollower(partition);
    status = new StatusTopic(cluster, topics.status());
    heard = new StatusFollower(cluster, topics.status());
    requests = new RequestTopic(cluster, topics.requests());
    thread = new Thread(this::run, "control-log");
    thread.setDaemon(true);
    thread.start();
  }

  static KafkaControlLog open(MillraceConfig config) {
    ControlCluster cluster = ControlCluster.open(config);
    KafkaControlLog log = new KafkaControlLog(config.topics(), cluster, guard(config, cluster));
    try {
      log.catchUp(WRITE);
      return log;
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  private static TopicGuard guard(MillraceConfig config, ControlCluster cluster) {
    try {
      return cluster.guard(config.topics().control());
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  @Override
  public ControlState state() {
    return state;
  }

  @Override
  public void follow(java.util.function.Consumer<ControlState> listener) {
    followers.add(listener, () -> state);
  }

  @Override
  public ControlState catchUp(Duration timeout) {
    awaitPosition(cluster.end(partition), timeout);
    return state;
  }

  @Override
  public void publish(SourceDefinition source) {
    write(new ControlKey(Kind.SOURCE, source.name()), ControlCodec.encode(source));
  }

  @Override
  public void publish(LookupDefinition lookup) {
    write(new ControlKey(Kind.LOOKUP, lookup.name()), ControlCodec.encode(lookup));
  }

  @Override
  public void publish(ViewDefinition view) {
    write(new ControlKey(Kind.VIEW, view.id()), ControlCodec.encode(view));
  }

  @Override
  public void publish(RunRecord run) {
    RunRecord said = state().runs().get(run.runId());
    if (said != null) {
      said.check(run.status());
    }
    write(new ControlKey(Kind.RUN, run.runId()), ControlCodec.encode(run));
  }

  @Override
  public void publish(Refusal refusal) {
    write(new ControlKey(Kind.REFUSAL, refusal.runId()), ControlCodec.encode(refusal));
  }

  @Override
  public void publish(Correction correction) {
    write(new ControlKey(Kind.CORRECTION, correction.runId()), ControlCodec.encode(correction));
  }

  @Override
  public void publish(RunAudit audit) {
    write(new ControlKey(Kind.AUDIT, audit.runId()), ControlCodec.encode(audit));
  }

  @Override
  public void forgetCorrection(String runId) {
    write(new ControlKey(Kind.CORRECTION, runId), null);
  }

  @Override
  public void retireLookup(String name) {
    write(new ControlKey(Kind.LOOKUP, name), null);
  }

  @Override
  public void retireView(String viewId) {
    write(new ControlKey(Kind.VIEW, viewId), null);
  }

  @Override
  public void forgetRun(String runId) {
    // The run first: a run that is there without its refusal would be answered from.
    if (state.runs().containsKey(runId)) {
      write(new ControlKey(Kind.RUN, runId), null);
    }
    if (state.audits().containsKey(runId)) {
      write(new ControlKey(Kind.AUDIT, runId), null);
    }
    if (state.refusals().containsKey(runId)) {
      write(new ControlKey(Kind.REFUSAL, runId), null);
    }
  }

  @Override
  public void report(LayerStatus said) {
    status.report(said);
  }

  @Override
  public void withdraw(String layer, String instance) {
    status.withdraw(layer, instance);
  }

  @Override
  public List<LayerStatus> statuses(Duration timeout) {
    return status.read(timeout);
  }

  @Override
  public Optional<List<HeardStatus>> heard() {
    return heard.heard();
  }

  @Override
  public String requestRun(String viewName) {
    String id = UUID.randomUUID().toString();
    send(topics.requests(), id, ControlCodec.encodeRequest(viewName, Instant.now()));
    return id;
  }

  @Override
  public void answered(String requestId) {
    send(topics.requests(), requestId, null);
  }

  @Override
  public void followRequests(BiConsumer<String, String> listener) {
    requests.follow(listener);
  }

  @Override
  public Optional<String> dead() {
    if (closed) {
      return Optional.empty();
    }
    if (thread.getState() == Thread.State.TERMINATED) {
      return Optional.of(ended("control topic"));
    }
    if (requests.ended()) {
      return Optional.of(ended("requests"));
    }
    return heard.ended() ? Optional.of(ended("status topic")) : Optional.empty();
  }

  private static String ended(String followed) {
    return "the thread that follows the " + followed + " has ended; the log says why";
  }

  @Override
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    Stream.of(guard.changed(), guard.forgetful())
        .flatMap(Optional::stream)
        .forEach(problem -> problems.add(problem.code() + " " + problem.getMessage()));
    Map<String, String> unreadable = state.unreadable();
    if (!unreadable.isEmpty()) {
      problems.add(
          "cannot read all of "
              + topics.control()
              + ": found "
              + unreadable.size()
              + " unknown to this release ("
              + unreadable.entrySet().stream()
                  .limit(MOST_NAMED)
                  .map(doubt -> doubt.getKey() + " at " + doubt.getValue())
                  .collect(Collectors.joining("; "))
              + "), expected records of this release and earlier ones; upgrade this process, or, if"
              + " they were damaged, say them anew (`millrace apply DIR`, `millrace runs VIEW`)");
    }
    return problems;
  }

  @Override
  public void close() {
    closed = true;
    consumer.wakeup();
    requests.close();
    heard.close();
    status.close();
    producer.close(Duration.ofSeconds(2));
    try {
      thread.join(2_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    cluster.close();
  }

  private void write(ControlKey key, byte[] value) {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException(
          "cannot write "
              + key.text()
              + ": found a listener on the following thread, which would wait for itself; write from"
              + " another thread");
    }
    checkTopic();
    awaitPosition(send(topics.control(), key.text(), value) + 1, WRITE);
  }

  /** Returns the record's offset once it is durable. */
  private long send(String topic, String key, byte[] value) {
    try {
      return producer
          .send(new ProducerRecord<>(topic, 0, key.getBytes(StandardCharsets.UTF_8), value))
          .get(WRITE.toMillis(), TimeUnit.MILLISECONDS)
          .offset();
    } catch (ExecutionException e) {
      throw cluster.unreachable(e.getCause());
    } catch (TimeoutException | KafkaException e) {
      throw cluster.unreachable(e);
    } catch (InterruptedException e) {
      throw ControlCluster.interrupted(e);
    }
  }

  /** What stands in another topic of the name is not what this has read. */
  private void checkTopic() {
    guard
        .changed()
        .ifPresent(
            changed -> {
              throw changed;
            });
  }

  private void awaitPosition(long end, Duration timeout) {
    checkTopic();
    long left = timeout.toNanos();
    lock.lock();
    try {
      while (position < end) {
        if (refusal != null) {
          throw refusal;
        }
        if (left <= 0 || closed) {
          throw cluster.unreachable(
              new KafkaException("read " + topics.control() + " to " + position + " of " + end));
        }
        left = advanced.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      throw ControlCluster.interrupted(e);
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      while (!closed) {
        try {
          follow();
        } catch (WakeupException e) {
          LOG.debug("Ends following the control topic");
        } catch (RuntimeException e) {
          LOG.warn("Could not read the control topic: {}", e.toString());
          refused(KafkaRefusal.of(e).orElse(null));
          LockSupport.parkNanos(PAUSE.toNanos());
        }
      }
    } finally {
      consumer.close(ControlCluster.AT_ONCE);
    }
  }

  private void follow() {
    guard.look();
    if (guard.changed().isPresent()) {
      refused(guard.changed().get());
      LockSupport.parkNanos(PAUSE.toNanos());
      return;
    }
    try {
      take(consumer.poll(POLL));
    } catch (OffsetOutOfRangeException e) {
      guard.lookNow();
      if (guard.changed().isEmpty()) {
        LOG.warn("{}: the control topic is read from its beginning", e.toString());
        consumer.seekToBeginning(List.of(partition));
      }
    }
  }

  private void refused(MillraceException how) {
    lock.lock();
    try {
      refusal = how;
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void take(ConsumerRecords<byte[], byte[]> records) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      fold.add(record.offset(), record.key(), record.value());
    }
    long reached = consumer.position(partition);
    if (!records.isEmpty()) {
      state = fold.state();
    }
    lock.lock();
    try {
      position = reached;
      refusal = null;
      advanced.signalAll();
    } finally {
      lock.unlock();
    }
    if (!records.isEmpty()) {
      followers.changed(state);
    }
  }
}

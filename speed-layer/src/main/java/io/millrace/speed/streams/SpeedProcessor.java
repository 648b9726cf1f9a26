package io.millrace.speed.streams;

import io.millrace.control.model.Progress;
import io.millrace.control.model.SpeedKey;
import io.millrace.control.model.SpeedRecords;
import io.millrace.speed.store.SpeedOutput;
import io.millrace.speed.task.FlushPace;
import io.millrace.speed.task.SourceFeed;
import io.millrace.speed.task.SpeedTask;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorNode;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;

/**
 * Runs a {@link SpeedTask} in Kafka Streams: hands it the records, and has it flush before each
 * commit.
 *
 * <p>The flush happens outside of any record, so it sets the context that {@code forward} needs, as
 * Kafka Streams' own caching stores do. What it forwards joins the transaction that is about to be
 * committed.
 */
final class SpeedProcessor implements Processor<byte[], byte[], SinkKey, byte[]> {
  private static final Duration AT_ONCE = Duration.ofMillis(1);

  private final SourceFeed feed;
  private InternalProcessorContext<SinkKey, byte[]> context;
  private ProcessorNode<?, ?, ?, ?> node;
  private SpeedStore store;
  private SpeedTask task;
  private FlushPace pace;
  private int partition;
  private int changedGroups;
  private long changedBytes;
  private long flushedAtNs = System.nanoTime();
  private boolean looking;

  SpeedProcessor(SourceFeed feed) {
    this.feed = feed;
  }

  @Override
  public void init(ProcessorContext<SinkKey, byte[]> processorContext) {
    context = (InternalProcessorContext<SinkKey, byte[]>) processorContext;
    node = context.currentNode();
    partition = context.taskId().partition();
    store = context.getStateStore(SpeedStore.NAME);
    task = SpeedTask.open(partition, feed, store, new Output());
    store.beforeCommit(this::flush);
    pace = feed.pace();
    context.schedule(
        feed.settings().heartbeatInterval(), PunctuationType.WALL_CLOCK_TIME, now -> heartbeat());
    soon(
        AT_ONCE,
        () -> {
          task.touch();
          context.commit();
        });
  }

  /** Only if nothing else had the task flush lately: each commit costs records their time. */
  private void heartbeat() {
    long sinceNs = System.nanoTime() - flushedAtNs;
    if (sinceNs >= feed.settings().heartbeatInterval().toNanos() / 2) {
      task.touch();
      commitWhenDue();
    }
  }

  /**
   * Asks for a commit now, or looks again when one may be due. Kafka Streams takes fewer records at
   * a time after each look, so there is one per commit, rather than one every few milliseconds.
   */
  private void commitWhenDue() {
    if (!task.unwritten()) {
      return;
    }
    if (pace.due(System.nanoTime())) {
      context.commit();
    } else if (!looking) {
      looking = true;
      soon(
          Duration.ofNanos(pace.waitNs(System.nanoTime())).plusMillis(1),
          () -> {
            looking = false;
            commitWhenDue();
          });
    }
  }

  /** Does something once, outside of any record. */
  private void soon(Duration in, Runnable action) {
    AtomicReference<Cancellable> once = new AtomicReference<>();
    once.set(
        context.schedule(
            in,
            PunctuationType.WALL_CLOCK_TIME,
            now -> {
              once.get().cancel();
              action.run();
            }));
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    ProcessorRecordContext from = context.recordContext();
    try {
      task.process(record.value(), from.offset(), from.timestamp());
      int groupsBefore = changedGroups;
      long bytesBefore = changedBytes;
      changedGroups = task.changedGroups();
      changedBytes = task.changedBytes();
      if (pace.processed(
          System.nanoTime(),
          Math.max(0, changedGroups - groupsBefore),
          Math.max(0, changedBytes - bytesBefore))) {
        context.commit();
      } else if (!looking) {
        commitWhenDue();
      }
    } catch (RuntimeException | Error e) {
      store.abandon();
      throw e;
    }
  }

  private void flush() {
    long startNs = System.nanoTime();
    ProcessorRecordContext contextBefore = context.recordContext();
    ProcessorNode<?, ?, ?, ?> nodeBefore = context.currentNode();
    context.setRecordContext(
        new ProcessorRecordContext(
            feed.settings().clock().millis(),
            task.position() - 1,
            partition,
            feed.settings().topic(),
            headers()));
    context.setCurrentNode(node);
    try {
      boolean wrote = task.flush();
      changedGroups = 0;
      changedBytes = 0;
      long endNs = System.nanoTime();
      if (wrote) {
        flushedAtNs = endNs;
      }
      if (pace.flushed(startNs, endNs)) {
        soon(AT_ONCE, () -> pace.committed(System.nanoTime()));
      }
      if (task.unwritten()) {
        // What goes on in slices waits for no record.
        soon(AT_ONCE, this::commitWhenDue);
      }
    } catch (RuntimeException | Error e) {
      store.abandon();
      throw e;
    } finally {
      context.setRecordContext(contextBefore);
      context.setCurrentNode(nodeBefore);
    }
  }

  @Override
  public void close() {
    feed.forget(partition);
  }

  private static Headers headers() {
    return new RecordHeaders();
  }

  private final class Output implements SpeedOutput {
    private final SinkKey.Partition own = new SinkKey.Partition(partition);

    @Override
    public void state(String topic, long segment, byte[] groupKey, byte[] state) {
      feed.meters().wroteState();
      byte[] key = new SpeedKey.State(segment, groupKey).toBytes();
      context.forward(
          new Record<>(
              new SinkKey(topic, own, key), state, context.recordContext().timestamp(), headers()));
    }

    @Override
    public void flush(String topic, Progress progress) {
      context.forward(
          new Record<>(
              new SinkKey(topic, own, new SpeedKey.Flush().toBytes()),
              SpeedRecords.encode(progress),
              progress.flushedAtMs(),
              headers()));
    }
  }
}

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
        feed.settings().commitInterval().dividedBy(5).plusMillis(1),
        PunctuationType.WALL_CLOCK_TIME,
        now -> commitIfDue());
    context.schedule(
        feed.settings().heartbeatInterval(), PunctuationType.WALL_CLOCK_TIME, now -> touch());
    AtomicReference<Cancellable> first = new AtomicReference<>();
    first.set(
        context.schedule(
            AT_ONCE,
            PunctuationType.WALL_CLOCK_TIME,
            now -> {
              touch();
              first.get().cancel();
            }));
  }

  private void touch() {
    task.touch();
    context.commit();
  }

  private void commitIfDue() {
    if (task.unwritten() && pace.due(System.nanoTime())) {
      context.commit();
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    ProcessorRecordContext from = context.recordContext();
    try {
      task.process(record.value(), from.offset(), from.timestamp());
      int before = changedGroups;
      changedGroups = task.changedGroups();
      if (pace.processed(System.nanoTime(), Math.max(0, changedGroups - before))) {
        context.commit();
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
      task.flush();
      changedGroups = 0;
    } catch (RuntimeException | Error e) {
      store.abandon();
      throw e;
    } finally {
      context.setRecordContext(contextBefore);
      context.setCurrentNode(nodeBefore);
      pace.flushed(startNs, System.nanoTime());
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

package io.millrace.speed.streams;

import io.millrace.speed.store.TaskStore;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.WrappedStateStore;

/**
 * The state store of a task: a persistent key-value store, logged to the changelog topic write by
 * write, and a hook that Kafka Streams calls before each commit.
 *
 * <p>Kafka Streams knows that hook as the flush of a cache: {@code ProcessorStateManager} calls
 * {@link #flushCache} on every store that can have one before it commits a transaction, whether the
 * commit is due, a rebalance takes the task away, or the process closes. A punctuator alone would
 * lose what came after its last tick. For one thread, the task's.
 */
public final class SpeedStore extends WrappedStateStore<KeyValueStore<Bytes, byte[]>, Bytes, byte[]>
    implements TaskStore {
  public static final String NAME = "live";

  private static final ByteArraySerializer PREFIX = new ByteArraySerializer();
  private static final Runnable NOTHING = () -> {};

  private InternalProcessorContext<?, ?> context;
  private Runnable beforeCommit = NOTHING;

  private SpeedStore(KeyValueStore<Bytes, byte[]> inner) {
    super(inner);
  }

  @Override
  public void init(StateStoreContext storeContext, StateStore root) {
    context = (InternalProcessorContext<?, ?>) storeContext;
    beforeCommit = NOTHING;
    super.init(storeContext, root);
  }

  /** Has {@code hook} called before each commit, in its transaction, instead of the hook so far. */
  void beforeCommit(Runnable hook) {
    beforeCommit = hook;
  }

  /** No hook is called any more: what the task holds on heap is not to be written. */
  void abandon() {
    beforeCommit = NOTHING;
  }

  @Override
  public void flushCache() {
    beforeCommit.run();
  }

  /** The task becomes a standby: there is nothing on heap from now on. */
  @Override
  public void clearCache() {
    abandon();
  }

  @Override
  public byte[] get(Bytes key) {
    return wrapped().get(key);
  }

  @Override
  public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
    if (entries.isEmpty()) {
      return;
    }
    wrapped().putAll(entries);
    long timestampMs = context.recordContext().timestamp();
    for (KeyValue<Bytes, byte[]> entry : entries) {
      context.logChange(
          name(),
          entry.key,
          entry.value,
          timestampMs,
          new RecordHeaders(),
          wrapped().getPosition());
    }
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> scan(byte[] prefix) {
    return wrapped().prefixScan(prefix, PREFIX);
  }

  @Override
  public KeyValueIterator<Bytes, byte[]> scan(Bytes from, Bytes to) {
    return from.compareTo(to) < 0
        ? new EntriesBelow(wrapped().range(from, to), to)
        : new EntriesBelow(wrapped().range(to, to), to);
  }

  /** Builds {@link SpeedStore}s. */
  static final class Builder implements StoreBuilder<SpeedStore> {
    private final Map<String, String> logConfig;

    /**
     * @param logConfig settings of the changelog topic
     */
    Builder(Map<String, String> logConfig) {
      this.logConfig = Map.copyOf(logConfig);
    }

    @Override
    public SpeedStore build() {
      return new SpeedStore(Stores.persistentKeyValueStore(NAME).get());
    }

    @Override
    public Map<String, String> logConfig() {
      return logConfig;
    }

    @Override
    public boolean loggingEnabled() {
      return true;
    }

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public StoreBuilder<SpeedStore> withCachingEnabled() {
      return this;
    }

    @Override
    public StoreBuilder<SpeedStore> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<SpeedStore> withLoggingEnabled(Map<String, String> config) {
      return new Builder(config);
    }

    @Override
    public StoreBuilder<SpeedStore> withLoggingDisabled() {
      throw new UnsupportedOperationException(
          "cannot build a speed store without its changelog: live state would not survive");
    }
  }
}

package io.millrace.serving.lookup;

import io.millrace.control.model.LookupDefinition;
import io.millrace.serving.lookup.content.LookupContents;
import io.millrace.serving.store.LocalStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All lookups of the control topic, as this replica has them. Each loads on its own: one that takes
 * long, or fails, holds up no other.
 *
 * <p>{@link #update}, {@link #step}, {@link #again} and {@link #close} belong to one thread; the
 * rest is thread-safe.
 */
public final class ServedLookups implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServedLookups.class);
  private static final Duration CLOSE = Duration.ofSeconds(3);

  /** How many are loaded at once. */
  private static final int THREADS = 4;

  private final LookupLoader loader;
  private final LongSupplier nanoTime;
  private final Map<String, ServedLookup> lookups = new ConcurrentSkipListMap<>();
  private final Set<ServedLookup> busy = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads;

  /**
   * @param mostBytes of keys and rows, of one lookup
   */
  public ServedLookups(
      LocalStore store, LookupContents contents, long mostBytes, LongSupplier nanoTime) {
    this.loader = new LookupLoader(store, contents, mostBytes);
    this.nanoTime = nanoTime;
    this.threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "serving-lookups");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Takes up what was applied, and lets go of what was retired.
   *
   * @param applied by name
   */
  public void update(Map<String, LookupDefinition> applied) {
    for (String name : Set.copyOf(lookups.keySet())) {
      if (!applied.containsKey(name)) {
        lookups.remove(name).close();
        LOG.info("lookup {}: let go", name);
      }
    }
    applied.forEach(
        (name, definition) ->
            lookups
                .computeIfAbsent(name, n -> new ServedLookup(definition, loader, nanoTime))
                .define(definition));
  }

  /** Has each lookup that is due look at its content soon. Returns at once. */
  public void step() {
    for (ServedLookup lookup : lookups.values()) {
      if (lookup.due() && busy.add(lookup)) {
        try {
          threads.execute(
              () -> {
                try {
                  lookup.look();
                } finally {
                  busy.remove(lookup);
                }
              });
        } catch (RejectedExecutionException e) {
          busy.remove(lookup);
          LOG.debug("loads no more: serving is stopping", e);
        }
      }
    }
  }

  /** Loads all of them anew: the store has begun anew. */
  public void again() {
    lookups.values().forEach(ServedLookup::again);
  }

  public List<String> names() {
    return List.copyOf(lookups.keySet());
  }

  /**
   * The lookup's content, held still; empty if there is no lookup of the name.
   *
   * @throws io.millrace.control.error.MillraceException {@code VIEW_NOT_READY}, {@code
   *     LOOKUP_FAILED}
   */
  public Optional<LookupPin> pin(String name) {
    return Optional.ofNullable(lookups.get(name)).map(ServedLookup::pin);
  }

  /** Of every lookup, by name. */
  public List<LookupReport> reports() {
    return new TreeMap<>(lookups).values().stream().map(ServedLookup::report).toList();
  }

  @Override
  public void close() {
    lookups.values().forEach(ServedLookup::close);
    lookups.clear();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("a lookup is still being loaded; its thread ends with the process");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

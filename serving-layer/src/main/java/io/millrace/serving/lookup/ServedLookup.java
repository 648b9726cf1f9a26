package io.millrace.serving.lookup;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.view.compile.LookupCompiler;
import io.millrace.view.lookup.CompiledLookup;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One lookup in a replica: the content that answers, and what keeps it from the newest one. A
 * content answers until the next one is whole; what cannot be loaded leaves it as it is, and is
 * tried again after a pause that doubles with each failure.
 *
 * <p>{@link #look} is called by one thread at a time; the rest is thread-safe.
 */
public final class ServedLookup {
  private static final Logger LOG = LoggerFactory.getLogger(ServedLookup.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  private final LookupLoader loader;
  private final LongSupplier nanoTime;

  private final LongAdder missed = new LongAdder();

  /** Guarded by this, as all below. */
  private LookupDefinition wanted;

  private Optional<LookupData> data = Optional.empty();
  private Optional<MillraceException> problem = Optional.empty();
  private Instant seenAt = Instant.EPOCH;
  private Duration pause = FIRST_PAUSE;
  private long dueNanos;
  private boolean closed;

  /** How often the store has begun anew: what was loaded before that is in files given up. */
  private int store;

  ServedLookup(LookupDefinition wanted, LookupLoader loader, LongSupplier nanoTime) {
    this.wanted = wanted;
    this.loader = loader;
    this.nanoTime = nanoTime;
    this.dueNanos = nanoTime.getAsLong();
  }

  /** As applied last; what answers may be of an earlier definition still. */
  public synchronized LookupDefinition definition() {
    return wanted;
  }

  synchronized void define(LookupDefinition definition) {
    if (!definition.equals(wanted)) {
      if (!definition.version().equals(wanted.version())
          || !definition.path().equals(wanted.path())) {
        // What was wrong is not known of this one, and it has failed no time.
        problem = Optional.empty();
        pause = FIRST_PAUSE;
      }
      wanted = definition;
      dueNanos = nanoTime.getAsLong();
    }
  }

  synchronized boolean due() {
    return !closed && nanoTime.getAsLong() - dueNanos >= 0;
  }

  /** Looks whether the content is another one, and loads it then. Throws nothing. */
  void look() {
    LookupDefinition definition = definition();
    int began = store();
    try {
      took(definition, next(definition), began);
    } catch (MillraceException e) {
      failed(definition, e);
    } catch (RuntimeException | Error e) {
      LOG.error("lookup {}: cannot be loaded", definition.name(), e);
      failed(
          definition,
          new MillraceException(
              ErrorCode.LOOKUP_FAILED,
              "cannot load lookup "
                  + definition.name()
                  + ": found an unexpected "
                  + e
                  + "; the serving log has the details",
              e));
    }
  }

  /** What is to take the place of what answers; empty if that is as new. */
  private Optional<LookupData> next(LookupDefinition definition) {
    Optional<LookupData> now = current();
    boolean same =
        now.isPresent()
            && now.get().lookup().definition().version().equals(definition.version())
            && now.get().lookup().definition().path().equals(definition.path());
    if (same && loader.stamp(definition).equals(now.get().stamp())) {
      return Optional.empty();
    }
    CompiledLookup compiled = LookupCompiler.compile(definition);
    String stamp = loader.stamp(definition);
    if (same && loader.id(definition).equals(now.get().content())) {
      // Touched, or written again as it was.
      return now.get().table().retain()
          ? Optional.of(
              new LookupData(
                  compiled,
                  now.get().content(),
                  stamp,
                  now.get().table(),
                  now.get().rows(),
                  now.get().bytes(),
                  now.get().loadedAt()))
          : Optional.empty();
    }
    return Optional.of(loader.load(compiled, () -> isClosed()));
  }

  private synchronized Optional<LookupData> current() {
    return data;
  }

  private synchronized int store() {
    return store;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void took(
      LookupDefinition definition, Optional<LookupData> next, int began) {
    if (closed || store != began) {
      next.ifPresent(unwanted -> unwanted.table().release());
      return;
    }
    if (next.isPresent()) {
      data.ifPresent(before -> before.table().release());
      data = next;
    }
    problem.ifPresent(was -> LOG.info("lookup {}: loads again", definition.name()));
    problem = Optional.empty();
    pause = FIRST_PAUSE;
    seenAt = Instant.now();
    if (definition.equals(wanted)) {
      dueNanos = nanoTime.getAsLong() + definition.refresh().toNanos();
    }
  }

  private synchronized void failed(LookupDefinition definition, MillraceException e) {
    if (closed || !definition.equals(wanted)) {
      // The one that is wanted now is looked at next.
      return;
    }
    if (problem.isEmpty() || !problem.get().getMessage().equals(e.getMessage())) {
      LOG.error("lookup {}: {} {}", definition.name(), e.code(), e.getMessage());
    }
    problem = Optional.of(e);
    dueNanos = nanoTime.getAsLong() + pause.toNanos();
    pause = pause.multipliedBy(2);
    if (pause.compareTo(LONGEST_PAUSE) > 0) {
      pause = LONGEST_PAUSE;
    }
  }

  /**
   * The content that answers, held still.
   *
   * @throws MillraceException {@code VIEW_NOT_READY} before the first is loaded, {@code
   *     LOOKUP_FAILED} if that could not be
   */
  synchronized LookupPin pin() {
    if (data.isPresent() && data.get().table().retain()) {
      return new LookupPin(data.get(), missed);
    }
    throw problem.orElseGet(
        () ->
            new MillraceException(
                ErrorCode.VIEW_NOT_READY,
                "cannot answer yet: lookup " + wanted.name() + " is being loaded"));
  }

  /** Lets go of what is loaded, and loads it anew: the store has begun anew. */
  synchronized void again() {
    data.ifPresent(before -> before.table().release());
    data = Optional.empty();
    store++;
    dueNanos = nanoTime.getAsLong();
  }

  /** How it is now. */
  public synchronized LookupReport report() {
    return new LookupReport(
        wanted,
        problem,
        data.map(
            now ->
                new LookupReport.Standing(
                    now.lookup().definition().version(),
                    now.lookup().definition().path(),
                    now.content(),
                    now.rows(),
                    now.bytes(),
                    now.loadedAt(),
                    seenAt)),
        missed.sum());
  }

  synchronized void close() {
    closed = true;
    data.ifPresent(before -> before.table().release());
    data = Optional.empty();
  }
}

package io.millrace.serving.lookup;

import io.millrace.view.lookup.CompiledLookup;
import io.millrace.view.query.ScanPlan;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * One content of a lookup, held still: what a question reads from its first row to its last. Closed
 * once, by who took it.
 */
public final class LookupPin implements AutoCloseable {
  private final LookupData data;
  private final LongAdder missed;

  /**
   * @param data a reference to its table, which becomes the pin's
   * @param missed counts rows of joins that found none in it
   */
  LookupPin(LookupData data, LongAdder missed) {
    this.data = data;
    this.missed = missed;
  }

  public CompiledLookup lookup() {
    return data.lookup();
  }

  /** Id of the content. */
  public String content() {
    return data.content();
  }

  public long rows() {
    return data.rows();
  }

  public Instant loadedAt() {
    return data.loadedAt();
  }

  /** The caller closes it, before the pin. */
  public LookupScan scan(List<ScanPlan.Range> ranges) {
    return new LookupScan(data.table(), ranges, missed);
  }

  @Override
  public void close() {
    data.table().release();
  }
}

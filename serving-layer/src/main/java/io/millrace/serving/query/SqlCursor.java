package io.millrace.serving.query;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.lookup.LookupPin;
import io.millrace.serving.lookup.LookupScan;
import io.millrace.serving.view.ViewPin;
import io.millrace.view.ViewProgram;
import io.millrace.view.query.ParsedQuery;
import io.millrace.view.query.QueryLimits;
import io.millrace.view.query.QueryPlan;
import io.millrace.view.query.QueryRows;
import io.millrace.view.query.ScanInput;
import io.millrace.view.query.ScanPlan;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/**
 * The rows of a question, pulled one by one at the pins it was planned on. Used by one thread at a
 * time, but for {@link #cancel}.
 */
public final class SqlCursor implements AutoCloseable {
  private final ParsedQuery parsed;
  private final QueryPlan plan;
  private final Pins pins;
  private final List<SqlReader.Relation> relations;
  private final int limit;
  private final MillraceConfig.Sql limits;
  private final Permits permits;
  private final List<Scan> scans = new ArrayList<>();
  private QueryRows rows;
  private Iterator<String> explained;
  private boolean threw;
  private boolean closed;
  private volatile boolean cancelled;

  /** How many work at once. */
  interface Permits {
    /**
     * Before a part of the work.
     *
     * @throws MillraceException {@code BUSY}
     */
    void take();

    /** After it. */
    void give();

    /** After all of it. */
    void end();
  }

  /**
   * @param pins of its relations; this closes them
   * @param limit most rows that EXPLAIN counts
   */
  SqlCursor(
      ParsedQuery parsed,
      QueryPlan plan,
      Pins pins,
      List<SqlReader.Relation> relations,
      int limit,
      MillraceConfig.Sql limits,
      Permits permits) {
    this.parsed = parsed;
    this.plan = plan;
    this.pins = pins;
    this.relations = relations;
    this.limit = limit;
    this.limits = limits;
    this.permits = permits;
  }

  public List<QueryPlan.Column> columns() {
    return parsed.explain() ? Explanation.COLUMNS : plan.columns();
  }

  /** Whether the rows are the lines of a plan. */
  boolean explains() {
    return parsed.explain();
  }

  /** The views that are read, and where they stand. */
  public List<SqlReader.Relation> relations() {
    return relations;
  }

  /** The lookup tables that are read. */
  public List<SqlReader.Lookup> lookups() {
    return pins.contents();
  }

  public List<String> notes() {
    return plan.notes();
  }

  /**
   * Before rows are pulled, again after {@link #pause}: waits until it may work.
   *
   * @throws MillraceException {@code BUSY}
   */
  public void resume() {
    permits.take();
  }

  /** While whoever reads the rows takes them away: others may work. */
  public void pause() {
    permits.give();
  }

  /** Another part of the rows is asked for: it may take as long as the first. */
  public void renewTime() {
    if (rows != null) {
      rows.renewTime();
    }
  }

  /** Ends {@link #next}, now or when it is called. From any thread. */
  public void cancel() {
    cancelled = true;
  }

  /**
   * @return the next row; empty at the end
   * @throws MillraceException {@code QUERY_LIMIT}, {@code BAD_REQUEST}; no row follows
   * @throws CancellationException after {@link #cancel}
   */
  public Optional<List<Object>> next() {
    checkCancelled();
    boolean done = false;
    try {
      if (rows == null) {
        open();
      }
      Optional<List<Object>> row = parsed.explain() ? explained() : rows.next();
      done = true;
      return row;
    } finally {
      threw |= !done;
    }
  }

  /**
   * A scan that was opened.
   *
   * @param reading what it has read, in words
   * @param giveBack what it borrowed, at the end of what it was doing
   */
  private record Scan(AutoCloseable input, Supplier<String> reading, Runnable giveBack) {}

  private void open() {
    List<ScanInput> inputs = new ArrayList<>();
    for (ScanPlan scan : plan.scans()) {
      Optional<LookupPin> lookup = pins.lookup(scan.relation());
      inputs.add(lookup.isPresent() ? open(lookup.get(), scan) : open(scan));
    }
    rows = plan.open(inputs, new QueryLimits(limits.time(), limits.memory()));
  }

  private ScanInput open(LookupPin lookup, ScanPlan scan) {
    LookupScan read = lookup.scan(scan.ranges());
    scans.add(new Scan(read, read::reading, () -> {}));
    return new ScanInput.OfLookup(read);
  }

  private ScanInput open(ScanPlan scan) {
    ViewPin pin = pins.view(scan.relation());
    ViewProgram program = pin.view().merge().borrow();
    RangeGroups read =
        new RangeGroups(pin, pins.layer(), program, scan.ranges(), this::checkCancelled);
    scans.add(new Scan(read, read::reading, () -> pin.view().merge().giveBack(program)));
    return new ScanInput.OfView(program, read);
  }

  private Optional<List<Object>> explained() {
    if (explained == null) {
      int count = 0;
      while (count < limit && rows.next().isPresent()) {
        count++;
      }
      explained = Explanation.lines(plan, i -> scans.get(i).reading().get(), count).iterator();
    }
    return explained.hasNext() ? Optional.of(List.of(explained.next())) : Optional.empty();
  }

  private void checkCancelled() {
    if (cancelled) {
      throw new CancellationException("cannot answer: the question was cancelled");
    }
  }

  /** Lets go of everything. Does nothing the second time. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    scans.forEach(scan -> letGo(scan.input()));
    if (!threw) {
      // One that threw may hold half of what it was doing.
      scans.forEach(scan -> scan.giveBack().run());
    }
    pins.close();
    permits.give();
    permits.end();
  }

  private static void letGo(AutoCloseable input) {
    try {
      input.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("cannot let go of a scan", e);
    }
  }
}

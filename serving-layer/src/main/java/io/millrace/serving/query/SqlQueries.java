package io.millrace.serving.query;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.lookup.LookupPin;
import io.millrace.serving.lookup.LookupScan;
import io.millrace.serving.lookup.ServedLookups;
import io.millrace.serving.view.QueryLayer;
import io.millrace.serving.view.ServedViews;
import io.millrace.serving.view.ViewPin;
import io.millrace.view.compile.QueryCompiler;
import io.millrace.view.query.ParsedQuery;
import io.millrace.view.query.QueryLimits;
import io.millrace.view.query.QueryPlan;
import io.millrace.view.query.QueryRows;
import io.millrace.view.query.ScanInput;
import io.millrace.view.query.ScanPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;

/**
 * Answers questions in SQL: parsed, its views pinned, planned over the versions that were pinned,
 * and run from its first row to its last on these pins. Thread-safe.
 */
public final class SqlQueries {
  static final int DEFAULT_LIMIT = 1_000;

  /** So many groups by their keys are no scan. */
  private static final int SINGLE_GROUPS = 256;

  private final ServedViews views;
  private final ServedLookups lookups;
  private final MillraceConfig.Sql limits;
  private final LongSupplier wallClockMs;
  private final Semaphore scans;

  public SqlQueries(
      ServedViews views,
      ServedLookups lookups,
      MillraceConfig.Sql limits,
      LongSupplier wallClockMs) {
    this.views = views;
    this.lookups = lookups;
    this.limits = limits;
    this.wallClockMs = wallClockMs;
    this.scans = new Semaphore(limits.scans());
  }

  /**
   * @param reader told of the answer while it is made
   * @throws MillraceException {@code SQL_SYNTAX}, {@code UNKNOWN_COLUMN}, {@code INVALID_SQL},
   *     {@code NOT_SUPPORTED}, {@code BAD_REQUEST}, {@code QUERY_LIMIT}; {@code VIEW_UNKNOWN},
   *     {@code VIEW_NOT_READY}, {@code SEGMENT_GAP}, {@code BUSY}
   * @throws io.millrace.serving.view.NotReachedException if the position that is asked for is not
   *     reached; nothing is pinned then, and the reader has been told nothing
   */
  public void answer(SqlQuery query, SqlReader reader) {
    int limit = limit(query);
    ParsedQuery parsed = QueryCompiler.parse(query.sql());
    long counted = views.arrivals().changes();
    try (Pins pins = new Pins(views, lookups, query.layer())) {
      pins.take(parsed.relations());
      query.atLeast().ifPresent(atLeast -> pins.demand(atLeast, counted));
      QueryPlan plan = parsed.plan(pins.views(), pins.lookups(), query.parameters(), limit);
      Asked asked = new Asked(parsed, plan, pins, query.layer(), limit, reader);
      if (isOfSingleGroups(plan)) {
        run(asked, new ArrayList<>(), new ArrayList<>());
      } else {
        scan(asked);
      }
    }
  }

  private record Asked(
      ParsedQuery parsed,
      QueryPlan plan,
      Pins pins,
      QueryLayer layer,
      int limit,
      SqlReader reader) {}

  private static boolean isOfSingleGroups(QueryPlan plan) {
    return plan.scans().stream().allMatch(ScanPlan::points)
        && plan.scans().stream().mapToInt(scan -> scan.ranges().size()).sum() <= SINGLE_GROUPS;
  }

  /** As many at once as may: each holds memory, and a thread that others want. */
  private void scan(Asked asked) {
    if (!scans.tryAcquire()) {
      throw new MillraceException(
          ErrorCode.BUSY,
          "cannot answer now: found "
              + limits.scans()
              + " questions that scan under way, expected fewer; ask again in a second, ask another"
              + " replica, ask for single groups, or raise serving.sql.scans");
    }
    try {
      run(asked, new ArrayList<>(), new ArrayList<>());
    } finally {
      scans.release();
    }
  }

  /** What a scan has read, in words. */
  interface Reading {
    String text();
  }

  /** Opens one scan after the other, each with a program of its own, then runs. */
  private void run(Asked asked, List<ScanInput> inputs, List<Reading> opened) {
    List<ScanPlan> scans = asked.plan().scans();
    if (inputs.size() == scans.size()) {
      read(asked, inputs, opened);
      return;
    }
    ScanPlan scan = scans.get(inputs.size());
    Optional<LookupPin> lookup = asked.pins().lookup(scan.relation());
    if (lookup.isPresent()) {
      try (LookupScan rows = lookup.get().scan(scan.ranges())) {
        inputs.add(new ScanInput.OfLookup(rows));
        opened.add(rows::reading);
        run(asked, inputs, opened);
      }
      return;
    }
    ViewPin pin = asked.pins().view(scan.relation());
    pin.view()
        .merge()
        .withProgram(
            program -> {
              try (RangeGroups groups =
                  new RangeGroups(pin, asked.layer(), program, scan.ranges())) {
                inputs.add(new ScanInput.OfView(program, groups));
                opened.add(groups::reading);
                run(asked, inputs, opened);
              }
              return null;
            });
  }

  private void read(Asked asked, List<ScanInput> inputs, List<Reading> opened) {
    QueryRows rows = asked.plan().open(inputs, new QueryLimits(limits.time(), limits.memory()));
    SqlReader reader = asked.reader();
    List<SqlReader.Relation> positions = asked.pins().positions(wallClockMs.getAsLong());
    List<SqlReader.Lookup> contents = asked.pins().contents();
    if (asked.parsed().explain()) {
      int count = 0;
      while (count < asked.limit() && rows.next().isPresent()) {
        count++;
      }
      Explanation.tell(asked.plan(), opened, count, positions, contents, reader);
      return;
    }
    reader.begin(asked.plan().columns(), positions, contents, asked.plan().notes());
    int count = 0;
    Optional<List<Object>> row = rows.next();
    while (row.isPresent() && count < asked.limit()) {
      reader.row(row.get());
      count++;
      row = rows.next();
    }
    reader.end(row.isPresent());
  }

  private int limit(SqlQuery query) {
    int asked = query.limit().orElse(Math.min(DEFAULT_LIMIT, limits.rows()));
    if (asked < 1 || asked > limits.rows()) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot answer: found limit "
              + asked
              + ", expected a whole number from 1 to "
              + limits.rows()
              + "; ask for the next rows with OFFSET, or raise serving.sql.rows");
    }
    return asked;
  }
}

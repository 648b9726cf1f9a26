package io.millrace.serving.query;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.lookup.ServedLookups;
import io.millrace.serving.view.QueryLayer;
import io.millrace.serving.view.ServedViews;
import io.millrace.serving.view.ViewPin;
import io.millrace.view.compile.QueryCompiler;
import io.millrace.view.query.ParsedQuery;
import io.millrace.view.query.QueryPlan;
import io.millrace.view.query.RowsText;
import io.millrace.view.query.ScanPlan;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Answers questions in SQL: parsed, its views pinned, planned over the versions that were pinned,
 * and run from its first row to its last on these pins. Thread-safe.
 */
public final class SqlQueries {
  static final int DEFAULT_LIMIT = 1_000;

  /** So many groups by their keys are no scan. */
  private static final int SINGLE_GROUPS = 256;

  private static final int ALL_ROWS = Integer.MAX_VALUE - 1;

  private final ServedViews views;
  private final ServedLookups lookups;
  private final MillraceConfig.Sql limits;
  private final LongSupplier wallClockMs;
  private final ScanPermits scans;

  public SqlQueries(
      ServedViews views,
      ServedLookups lookups,
      MillraceConfig.Sql limits,
      LongSupplier wallClockMs) {
    this.views = views;
    this.lookups = lookups;
    this.limits = limits;
    this.wallClockMs = wallClockMs;
    this.scans = new ScanPermits(limits.scans(), limits.time());
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
    try (SqlCursor rows = open(query, limit, scans::now)) {
      read(rows, limit, reader);
    }
  }

  /**
   * Rows of one view at a pin, which stays the caller's.
   *
   * @param limit most rows of the answer
   * @throws MillraceException as {@link #answer(SqlQuery, SqlReader)}
   */
  void answer(
      RowsText rows,
      Map<String, Object> parameters,
      int limit,
      ViewPin pin,
      QueryLayer layer,
      SqlReader reader) {
    int most = checked(limit);
    ParsedQuery parsed = QueryCompiler.rows(rows, pin.view().compiled().columns());
    Pins pins = new Pins(views, lookups, layer);
    pins.hold(rows.view(), pin);
    try (SqlCursor cursor = planned(parsed, parameters, pins, most, scans::now)) {
      read(cursor, most, reader);
    }
  }

  private static void read(SqlCursor rows, int limit, SqlReader reader) {
    rows.resume();
    // What fails before the first row is an error, and no answer that has begun.
    Optional<List<Object>> row = rows.next();
    reader.begin(rows.columns(), rows.relations(), rows.lookups(), rows.notes());
    int most = rows.explains() ? Integer.MAX_VALUE : limit;
    int count = 0;
    while (row.isPresent() && count < most) {
      reader.row(row.get());
      count++;
      row = rows.next();
    }
    reader.end(row.isPresent());
  }

  /**
   * Opens a question whose rows are pulled, in parts if wanted, at one pin. All of its rows come:
   * {@code serving.sql.rows} is for answers that are kept until they are whole.
   *
   * @param parameters values of its {@code :name}s; null is NULL
   * @throws MillraceException as {@link #answer}
   */
  public SqlCursor cursor(String sql, Map<String, Object> parameters) {
    return open(new SqlQuery(sql, parameters, OptionalInt.empty()), ALL_ROWS, scans::inParts);
  }

  /** The columns that an answer would have; as {@link #cursor}. */
  public List<QueryPlan.Column> columns(String sql, Map<String, Object> parameters) {
    try (SqlCursor rows =
        open(new SqlQuery(sql, parameters, OptionalInt.empty()), ALL_ROWS, ScanPermits::none)) {
      return rows.columns();
    }
  }

  private SqlCursor open(SqlQuery query, int limit, Supplier<SqlCursor.Permits> scanning) {
    ParsedQuery parsed = QueryCompiler.parse(query.sql());
    long counted = views.arrivals().changes();
    Pins pins = new Pins(views, lookups, query.layer());
    boolean pinned = false;
    try {
      pins.take(parsed.relations());
      query.atLeast().ifPresent(atLeast -> pins.demand(atLeast, counted));
      pinned = true;
    } finally {
      if (!pinned) {
        pins.close();
      }
    }
    return planned(parsed, query.parameters(), pins, limit, scanning);
  }

  /**
   * @param pins closed with what is returned, or here
   */
  private SqlCursor planned(
      ParsedQuery parsed,
      Map<String, Object> parameters,
      Pins pins,
      int limit,
      Supplier<SqlCursor.Permits> scanning) {
    boolean opened = false;
    try {
      QueryPlan plan = parsed.plan(pins.views(), pins.lookups(), parameters, limit);
      SqlCursor.Permits permits = isOfSingleGroups(plan) ? ScanPermits.none() : scanning.get();
      opened = true;
      return new SqlCursor(
          parsed, plan, pins, pins.positions(wallClockMs.getAsLong()), limit, limits, permits);
    } finally {
      if (!opened) {
        pins.close();
      }
    }
  }

  private static boolean isOfSingleGroups(QueryPlan plan) {
    return plan.scans().stream().allMatch(ScanPlan::points)
        && plan.scans().stream().mapToInt(scan -> scan.ranges().size()).sum() <= SINGLE_GROUPS;
  }

  private int limit(SqlQuery query) {
    return checked(query.limit().orElse(Math.min(DEFAULT_LIMIT, limits.rows())));
  }

  private int checked(int asked) {
    if (asked == SqlQuery.ALL) {
      return limits.rows();
    }
    if (asked < 1 || asked > limits.rows()) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot answer: found limit "
              + asked
              + ", expected a whole number from 1 to "
              + limits.rows()
              + ", or all; ask for the next rows with OFFSET, or raise serving.sql.rows");
    }
    return asked;
  }
}

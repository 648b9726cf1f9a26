package io.millrace.serving.query;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.merge.GroupMerge;
import io.millrace.serving.merge.GroupScan;
import io.millrace.serving.view.NotReachedException;
import io.millrace.serving.view.ServedViews;
import io.millrace.serving.view.ViewPin;
import io.millrace.view.CompiledView;
import io.millrace.view.KeyFilter;
import io.millrace.view.ViewProgram;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Answers row queries: one ordered scan at one pinned position.
 *
 * <p>A scan ends at the limit, at the last group, or when it has taken {@link #SCAN_TIME}; in the
 * first and third case the answer has a cursor. A page may therefore be short: the end is the
 * answer without a cursor. Thread-safe.
 */
public final class Queries {
  private static final Duration SCAN_TIME = Duration.ofSeconds(5);
  private static final int CLOCK_EVERY = 256;
  private static final byte[] GLOBAL_KEY = new byte[0];

  private final ServedViews views;
  private final Cursors cursors;
  private final LongSupplier wallClockMs;

  public Queries(ServedViews views, Cursors cursors, LongSupplier wallClockMs) {
    this.views = views;
    this.cursors = cursors;
    this.wallClockMs = wallClockMs;
  }

  /** As below, for somebody of this process. */
  public RowsAnswer answer(RowsQuery query) {
    return answer(query, "");
  }

  /**
   * @param client who asks, for whom a cursor is held
   * @throws io.millrace.control.error.MillraceException {@code VIEW_UNKNOWN}, {@code
   *     VIEW_NOT_READY}, {@code SEGMENT_GAP}, {@code BAD_REQUEST}, {@code CURSOR_EXPIRED} or {@code
   *     BUSY}
   * @throws NotReachedException if the position that is asked for is not reached; nothing is pinned
   *     then
   */
  public RowsAnswer answer(RowsQuery query, String client) {
    long counted = views.arrivals().changes();
    if (query.cursor().isPresent()) {
      Cursors.Opened opened = cursors.open(query.cursor().get(), query.question());
      try (ViewPin pin = opened.pin()) {
        checkCursor(views, query, pin, counted);
        return answer(query, client, pin, opened.after(), Optional.of(opened.lease()));
      }
    }
    try (ViewPin pin = views.pin(query.view(), query.layer())) {
      demand(query, pin, counted);
      return answer(query, client, pin, null, Optional.empty());
    }
  }

  private void demand(RowsQuery query, ViewPin pin, long counted) {
    demand(views, query, pin, counted);
  }

  /** What a question names has to be in the pin. */
  static void demand(ServedViews views, RowsQuery query, ViewPin pin, long counted) {
    query
        .atLeast()
        .ifPresent(
            atLeast -> views.arrivals().demand(atLeast, List.of(pin), query.layer(), counted));
  }

  /** A cursor's position stands still: what it has not reached it never will. */
  static void checkCursor(ServedViews views, RowsQuery query, ViewPin pin, long counted) {
    try {
      demand(views, query, pin, counted);
    } catch (NotReachedException e) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot go on: found a cursor at position "
              + pin.live(query.layer())
              + ", expected one that has reached "
              + query.atLeast().orElseThrow()
              + "; start again without the cursor",
          e);
    }
  }

  private RowsAnswer answer(
      RowsQuery query, String client, ViewPin pin, byte[] after, Optional<byte[]> lease) {
    CompiledView compiled = pin.view().compiled();
    KeyFilter filter = compiled.keyFilter(query.conditions(compiled.columns()));
    List<List<Object>> rows = new ArrayList<>(Math.min(query.limit(), 1_000));
    byte[] last =
        compiled.global()
            ? globalRow(query, pin, filter, rows)
            : pin.view()
                .merge()
                .withProgram(program -> scan(query, pin, filter, after, program, rows));
    Optional<String> cursor =
        Optional.ofNullable(last)
            .filter(key -> query.mayGoOn())
            .map(
                key ->
                    Cursors.token(
                        lease.orElseGet(() -> cursors.lease(pin, query.question(), client)), key));
    return new RowsAnswer(
        query.view(),
        compiled.definition().version(),
        query.layer(),
        pin.run().map(run -> run.run().runId()),
        pin.seam().boundary(),
        pin.live(query.layer()),
        pin.reached(query.layer()),
        pin.ageMs(query.layer(), wallClockMs.getAsLong()),
        pin.lost(query.layer()),
        compiled.columns(),
        rows,
        last != null,
        cursor);
  }

  /** Collects rows; returns the group key to go on after, or null at the end. */
  private static byte[] scan(
      RowsQuery query,
      ViewPin pin,
      KeyFilter filter,
      byte[] after,
      ViewProgram program,
      List<List<Object>> rows) {
    long deadline = System.nanoTime() + SCAN_TIME.toNanos();
    byte[] last = after;
    int seen = 0;
    try (GroupScan groups =
        pin.scan(query.layer(), after == null ? filter.from() : after, filter.to())) {
      while (groups.next()) {
        byte[] key = groups.key();
        if (after != null && Arrays.equals(key, after)) {
          continue;
        }
        boolean full = rows.size() == query.limit();
        if (full || (++seen % CLOCK_EVERY == 0 && System.nanoTime() > deadline)) {
          return last;
        }
        if (filter.test(key)) {
          GroupMerge.row(program, key, groups.batchState(), groups.segmentStates())
              .ifPresent(rows::add);
        }
        last = key;
      }
    }
    return null;
  }

  /** A view without GROUP BY has one row even where there is no state. */
  private static byte[] globalRow(
      RowsQuery query, ViewPin pin, KeyFilter filter, List<List<Object>> rows) {
    pin.view()
        .merge()
        .withProgram(
            program -> {
              try (GroupScan groups = pin.scan(query.layer(), GLOBAL_KEY, null)) {
                boolean any = groups.next();
                return GroupMerge.row(
                        program,
                        GLOBAL_KEY,
                        any ? groups.batchState() : null,
                        any ? groups.segmentStates() : List.of())
                    .filter(row -> filter.test(GLOBAL_KEY));
              }
            })
        .ifPresent(rows::add);
    return null;
  }
}

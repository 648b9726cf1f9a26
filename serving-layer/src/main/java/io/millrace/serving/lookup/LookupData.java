package io.millrace.serving.lookup;

import io.millrace.serving.store.StoreTable;
import io.millrace.view.lookup.CompiledLookup;
import java.time.Instant;

/**
 * A content of a lookup in the local store. Counted like its table: who {@link StoreTable#retain}s
 * the table may read it.
 *
 * @param lookup the definition that it was read by
 * @param content id of the bytes it was read from
 * @param stamp what they looked like from outside
 * @param table key to where its row stands and the row: {@link LookupScan}
 * @param rows how many
 * @param bytes of keys and rows
 * @param loadedAt when it was whole
 */
record LookupData(
    CompiledLookup lookup,
    String content,
    String stamp,
    StoreTable table,
    long rows,
    long bytes,
    Instant loadedAt) {}

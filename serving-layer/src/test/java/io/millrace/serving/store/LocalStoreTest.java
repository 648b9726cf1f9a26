package io.millrace.serving.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.merge.GroupScan;
import io.millrace.serving.merge.SegmentRange;
import io.millrace.serving.query.RowsQuery;
import io.millrace.view.CompiledView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

final class LocalStoreTest {
  @TempDir private Path dir;
  private Replica replica;
  private Orders orders;
  private CompiledView view;
  private LiveModel live;

  @BeforeEach
  void start() {
    replica = new Replica(dir);
    orders = new Orders(2, 3);
    view = replica.apply(Orders.view("sales", Orders.BY_DAY));
    live = new LiveModel(view, orders);
    orders.add(500);
    replica.live(view, live.advance());
    replica.completed(replica.lake.run(view, orders, live.cut()));
  }

  @AfterEach
  void stop() {
    replica.close();
  }

  @Test
  void shouldCompressTheTablesItLoads() throws RocksDBException {
    StoreTable table = replica.served(view.definition()).runs().answered().orElseThrow().table();
    assertThat(table.store().db().getPropertiesOfAllTables(table.family()).values())
        .isNotEmpty()
        .allSatisfy(file -> assertThat(file.getCompressionName()).isEqualTo("LZ4"));
  }

  @Test
  void shouldSayThatItIsDamagedAndAnswerAgainOnceItIsFilledAnew() throws IOException {
    RunData unread =
        replica.loader.load(
            replica.served(view.definition()).runs().answered().orElseThrow().run(), () -> false);
    damage();

    assertThatThrownBy(() -> read(unread))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot scan in the local store: found ");
    assertThat(replica.store.broken()).startsWith("scan: ");
    unread.table().release();

    replica.views.again(replica.store::renew);
    assertThat(replica.store.broken()).isEmpty();
    assertThat(replica.report(view.definition()).ready()).isFalse();
    for (int p = 0; p < 2; p++) {
      replica.live(view, live.whole(p));
    }
    replica.step();
    List<List<Object>> found = rows();
    assertThat(found.stream().map(row -> row.subList(0, 4)))
        .isEqualTo(
            orders.rows(view, Position.empty(), orders.end()).stream()
                .map(row -> row.subList(0, 4))
                .toList());
  }

  private void read(RunData data) {
    try (SpeedView.Pin pin = replica.served(view.definition()).speed().pin();
        GroupScan scan = new GroupScan(pin, data.table(), new byte[0], null, SegmentRange.NONE)) {
      boolean more = scan.next();
      while (more) {
        more = scan.next();
      }
    }
  }

  private List<List<Object>> rows() {
    return replica.queries.answer(new RowsQuery("sales", Map.of("limit", List.of("10000")))).rows();
  }

  /** Every table file, whole: what was read before may be in the cache. */
  private void damage() throws IOException {
    int damaged = 0;
    try (Stream<Path> files = Files.walk(dir.resolve("serving").resolve("db"))) {
      for (Path file : files.filter(name -> name.toString().endsWith(".sst")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, 0, bytes.length / 2, (byte) 0x5a);
        Files.write(file, bytes);
        damaged++;
      }
    }
    assertThat(damaged).isPositive();
  }
}

package io.millrace.serving.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.Position;
import io.millrace.control.model.ViewDefinition;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.live.SpeedView;
import io.millrace.serving.merge.GroupScan;
import io.millrace.serving.merge.SegmentRange;
import io.millrace.serving.query.RowsQuery;
import io.millrace.serving.view.QueryLayer;
import io.millrace.serving.view.ServedView;
import io.millrace.serving.view.ViewPin;
import io.millrace.view.CompiledView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
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
    assertThat(table.files().db().getPropertiesOfAllTables(table.family()).values())
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

    replica.store.renew();
    assertThat(replica.store.broken()).isEmpty();
    replica.views.again();
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

  @Test
  void shouldLetGoOfTheRunWhereLiveStateIsRetiredBetweenTheTwo() {
    ServedView served = replica.served(view.definition());
    served.speed().close();
    assertThatThrownBy(() -> served.pin(QueryLayer.MERGED))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("it is retired; ask again");
    StoreTable table = served.runs().answered().orElseThrow().table();

    served.runs().close();

    assertThat(table.retain()).as("still referred to").isFalse();
  }

  @Test
  void shouldBeginAnewWhileManyRead() throws Exception {
    AtomicBoolean stopped = new AtomicBoolean();
    AtomicLong answers = new AtomicLong();
    List<Throwable> unexpected = new CopyOnWriteArrayList<>();
    List<Thread> readers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread reader =
          new Thread(
              () -> {
                while (!stopped.get()) {
                  try {
                    rows();
                    answers.incrementAndGet();
                  } catch (MillraceException e) {
                    if (e.code() != ErrorCode.VIEW_NOT_READY) {
                      unexpected.add(e);
                    }
                  } catch (RuntimeException e) {
                    unexpected.add(e);
                  }
                }
              },
              "reader-" + i);
      reader.start();
      readers.add(reader);
    }
    for (int i = 0; i < 25; i++) {
      replica.store.renew();
      replica.views.again();
      for (int p = 0; p < 2; p++) {
        replica.live(view, live.whole(p));
      }
      replica.step();
    }
    stopped.set(true);
    for (Thread reader : readers) {
      reader.join();
    }
    assertThat(unexpected).isEmpty();
    assertThat(answers.get()).isPositive();
    assertThat(rows()).isNotEmpty();
    assertThat(directories()).as("files of the last beginning alone").hasSize(1);
  }

  @Test
  void shouldAnswerFromWhatIsPinnedWhileItBeginsAnew() throws IOException {
    List<String> before = directories();
    try (ViewPin pin = replica.views.pin("sales", QueryLayer.MERGED)) {
      replica.store.renew();
      replica.views.again();

      assertThat(directories()).hasSize(2).containsAll(before);
      try (GroupScan scan = pin.scan(QueryLayer.MERGED, new byte[0], null)) {
        assertThat(scan.next()).isTrue();
      }
    }
    assertThat(directories()).hasSize(1).doesNotContainAnyElementsOf(before);
  }

  @Test
  void shouldStayAsItIsWhereItCannotBeginAnew() throws IOException {
    Path next = dir.resolve("serving").resolve("db-2");
    Files.writeString(next, "in the way");

    assertThatThrownBy(replica.store::renew)
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot begin anew in the local store ");

    assertThat(rows()).isNotEmpty();
    replica.store.renew();
    assertThat(directories()).as("the one after it").endsWith("db-3");
  }

  @Test
  void shouldTakeUpAViewThatItHadNoFilesForOnceItHas() throws IOException {
    Path files = dir.resolve("serving").resolve("db-1");
    StoreFiles.deleteRecursively(files);
    Files.writeString(files, "no directory");
    ViewDefinition late = Orders.view("late", Orders.BY_DAY);
    assertThatThrownBy(() -> replica.apply(late)).isInstanceOf(NoSuchElementException.class);
    assertThat(replica.store.broken()).startsWith("create a table: ");
    assertThatThrownBy(() -> replica.views.pin("late", QueryLayer.MERGED))
        .hasMessageStartingWith("cannot create a table in the local store: ");
    replica.store.renew();

    replica.views.retry();

    assertThat(replica.served(late).compiled().definition()).isEqualTo(late);
    assertThat(rows()).as("the others were left alone").isNotEmpty();
  }

  @Test
  void shouldRefuseToLetGoOfATableTwice() {
    StoreTable table = replica.store.createTable("once");
    table.release();
    assertThatThrownBy(table::release)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cannot let go of a table of the local store twice");
    assertThat(table.retain()).isFalse();
  }

  private List<String> directories() throws IOException {
    try (Stream<Path> files = Files.list(dir.resolve("serving"))) {
      return files
          .filter(Files::isDirectory)
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("db"))
          .sorted()
          .toList();
    }
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
    try (Stream<Path> files = Files.walk(dir.resolve("serving"))) {
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

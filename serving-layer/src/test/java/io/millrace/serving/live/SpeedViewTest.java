package io.millrace.serving.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.model.Progress;
import io.millrace.serving.store.LocalStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;

/** A flush becomes visible whole, however large it is and whatever is shown meanwhile. */
final class SpeedViewTest {
  private static final byte[] LARGE = new byte[1 << 20];
  private static final int MORE_THAN_A_CHUNK = 10;

  @TempDir private Path dir;
  private LocalStore store;
  private SpeedView view;

  @BeforeEach
  void open() {
    store = LocalStore.open(dir);
    view = new SpeedView(store, "sales/1", () -> {});
  }

  @AfterEach
  void close() {
    view.close();
    store.close();
  }

  @Test
  void shouldNotBeCaughtUpInTheMidstOfAFlush() {
    SpeedTopic topic = new SpeedTopic("speed", Uuid.randomUuid(), view);
    topic.begin(0, 2);
    topic.allBegun();
    topic.reached(0, 2);
    change(0, 1, false);
    view.flushed(0, at(10), false);
    large(0, false);

    // The reader stands behind the end it headed for.
    topic.reached(partition -> 12).forEach(reached -> topic.reached(reached.partition(), 12));
    topic.announce();
    assertThat(view.isCaughtUp()).isFalse();
    assertThat(view.progress()).isEmpty();

    view.flushed(0, at(20), false);
    topic.reached(partition -> 13).forEach(reached -> topic.reached(reached.partition(), 13));
    topic.announce();
    assertThat(view.isCaughtUp()).isTrue();
    assertShown(1 + MORE_THAN_A_CHUNK, Map.of(0, at(20)));
  }

  @Test
  void shouldNotWaitForTheEndOfAFirstFlush() {
    SpeedTopic topic = new SpeedTopic("speed", Uuid.randomUuid(), view);
    topic.begin(0, 2);
    topic.allBegun();
    topic.reached(0, 2);
    large(0, false);

    topic.reached(partition -> 12).forEach(reached -> topic.reached(reached.partition(), 12));
    topic.announce();
    assertThat(view.isCaughtUp()).as("a task may take long to publish all anew").isTrue();
    assertThat(view.progress()).as("and nothing of it can be seen").isEmpty();

    view.flushed(0, at(10), true);
    assertShown(MORE_THAN_A_CHUNK, Map.of(0, at(10)));
  }

  @Test
  void shouldNotShowAnotherTopicInTheMidstOfAFlush() {
    for (int partition = 0; partition < 2; partition++) {
      change(partition, 1, false);
      view.flushed(partition, at(10), false);
      view.partitionCaughtUp(partition);
    }
    view.caughtUp(2);
    view.restart();
    for (int partition = 0; partition < 2; partition++) {
      change(partition, 1, false);
      view.flushed(partition, at(partition == 0 ? 10 : 5), false);
      view.partitionCaughtUp(partition);
    }
    view.caughtUp(2);
    assertThat(view.refilling()).isTrue();

    large(0, true);
    view.flushed(1, at(10), true);
    assertThat(view.refilling()).isFalse();
    assertShown(2, Map.of(0, at(10), 1, at(10)));

    view.flushed(0, at(20), true);
    assertShown(2 + MORE_THAN_A_CHUNK, Map.of(0, at(20), 1, at(10)));
  }

  @Test
  void shouldNotShowAPartOfWhatFollowsAFirstFlushThatIsHeld() {
    view.hold();
    large(0, true);
    view.flushed(0, at(10), true);
    for (int group = 0; group < MORE_THAN_A_CHUNK; group++) {
      view.change(0, 0, ByteBuffer.allocate(4).putInt(100 + group).array(), null, true);
    }
    for (int group = 0; group < MORE_THAN_A_CHUNK; group++) {
      view.change(0, 0, ByteBuffer.allocate(4).putInt(200 + group).array(), LARGE, true);
    }

    view.release();
    assertShown(MORE_THAN_A_CHUNK, Map.of(0, at(10)));
    view.flushed(0, at(20), true);
    assertShown(MORE_THAN_A_CHUNK, Map.of(0, at(20)));
  }

  private void large(int partition, boolean caughtUp) {
    for (int group = 0; group < MORE_THAN_A_CHUNK; group++) {
      view.change(
          partition, 0, ByteBuffer.allocate(4).putInt(100 + group).array(), LARGE, caughtUp);
    }
  }

  private void change(int partition, int group, boolean caughtUp) {
    view.change(
        partition, 0, ByteBuffer.allocate(4).putInt(group).array(), new byte[] {1}, caughtUp);
  }

  private static Progress at(long position) {
    return new Progress(0, List.of(0L), position, 0, 0, 0, -1, "test");
  }

  private void assertShown(int states, Map<Integer, Progress> progress) {
    try (SpeedView.Pin pin = view.pin();
        ReadOptions options = new ReadOptions().setSnapshot(pin.snapshot());
        RocksIterator iterator = pin.table().iterator(options)) {
      int found = 0;
      for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
        found++;
      }
      assertThat(found).isEqualTo(states);
      assertThat(pin.progress()).isEqualTo(progress);
    }
  }
}

package io.millrace.control.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskRoomTest {
  @TempDir private Path dir;

  @Test
  void shouldSayThatADiskIsFullAndWhatToDo() {
    DiskRoom full = new DiskRoom(dir.resolve("data"), at -> 5L << 20);

    assertThat(full.problem())
        .contains(
            "DISK_FULL: cannot write much more to "
                + dir.resolve("data")
                + ": found 5 MiB of room on its disk, expected at least 64 MiB; make some");
  }

  @Test
  void shouldAskTheDiskOfADirectoryThatIsStillToBeMade() {
    Path[] asked = new Path[1];
    DiskRoom room =
        new DiskRoom(
            dir.resolve("to/be/made"),
            at -> {
              asked[0] = at;
              return DiskRoom.LEAST_BYTES;
            });

    assertThat(room.problem()).isEmpty();
    assertThat(asked[0]).isEqualTo(dir);
    assertThat(DiskRoom.of(dir).problem()).isEmpty();
  }

  @Test
  void shouldSayNothingOfADiskThatCannotBeAsked() {
    DiskRoom room =
        new DiskRoom(
            dir,
            at -> {
              throw new IOException("no such device");
            });

    assertThat(room.problem()).isEmpty();
  }
}

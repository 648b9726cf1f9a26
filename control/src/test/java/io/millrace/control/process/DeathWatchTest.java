package io.millrace.control.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeathWatchTest {
  private Optional<String> dead = Optional.empty();
  private final List<String> ends = new ArrayList<>();
  private final DeathWatch watch =
      new DeathWatch("batch", () -> dead, end -> ends.add(end.getMessage()), Duration.ofNanos(10));

  @Test
  void shouldEndAProcessThatStaysDead() {
    watch.look(0);
    dead = Optional.of("a thread has ended");
    watch.look(5);
    watch.look(14);
    assertThat(ends).isEmpty();

    watch.look(15);

    assertThat(ends)
        .containsExactly(
            "cannot go on: found the batch layer dead (a thread has ended), expected it to live; it"
                + " ends, to be started again by its supervisor");
  }

  @Test
  void shouldLeaveOneAloneThatComesRoundAgain() {
    dead = Optional.of("it has not come round for minutes");
    watch.look(0);
    dead = Optional.empty();
    watch.look(9);
    dead = Optional.of("it has not come round for minutes");
    watch.look(11);
    watch.look(20);

    assertThat(ends).isEmpty();
  }
}

package io.millrace.serving.swap;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import org.junit.jupiter.api.Test;

final class AttemptsTest {
  private static final RuntimeException DAMAGED =
      new MillraceException(ErrorCode.RUN_DAMAGED, "as told");
  private static final RuntimeException AWAY = new IllegalStateException("as told");

  private final Attempts attempts = new Attempts();

  @Test
  void shouldPauseEachOfSeveralRunsThatCannotBeRead() {
    assertThat(attempts.failed("r2", DAMAGED, true)).isTrue();
    assertThat(attempts.failed("r1", DAMAGED, true)).isTrue();
    // The last one: what was given up is tried again, but not at once.
    assertThat(attempts.failed("r2", DAMAGED, false)).isFalse();
    assertThat(attempts.givenUp()).isEmpty();

    assertThat(attempts.pauses("r2", false)).isTrue();
    assertThat(attempts.pauses("r1", false)).isTrue();
    assertThat(attempts.pauses("r0", false)).isFalse();
  }

  @Test
  void shouldGiveUpWhatWasOftenTriedIfThereIsSomethingElse() {
    assertThat(attempts.failed("r1", AWAY, true)).isFalse();
    assertThat(attempts.failed("r1", AWAY, true)).isFalse();
    assertThat(attempts.givenUp()).isEmpty();
    assertThat(attempts.failed("r1", AWAY, true)).isTrue();
    assertThat(attempts.givenUp()).containsExactly("r1");

    attempts.answered();
    assertThat(attempts.givenUp()).isEmpty();
    assertThat(attempts.pauses("r1", true)).isFalse();
  }
}

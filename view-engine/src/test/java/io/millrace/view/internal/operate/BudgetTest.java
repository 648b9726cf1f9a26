package io.millrace.view.internal.operate;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.view.query.QueryLimits;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BudgetTest {
  private long nanos;
  private final Budget budget = new Budget(new QueryLimits(Duration.ofSeconds(1), 1), () -> nanos);

  private Void work(double seconds) {
    return budget.during(
        () -> {
          nanos += (long) (seconds * 1e9);
          budget.checkTime();
          return null;
        });
  }

  @Test
  void shouldCountTheTimeOfTheWorkAndNotOfWhoReadsItsRows() {
    assertThatCode(
            () -> {
              work(0.4);
              nanos += (long) 60e9;
              work(0.4);
            })
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> work(0.4)).hasMessageContaining("at work for more than 1000 ms");
  }

  @Test
  void shouldCountAnewForAnotherPartOfTheRows() {
    work(0.9);
    budget.renewTime();
    assertThatCode(() -> work(0.9)).doesNotThrowAnyException();
    assertThatThrownBy(() -> work(0.2)).hasMessageContaining("at work for more than 1000 ms");
  }

  @Test
  void shouldCountWorkWithinWorkOnce() {
    budget.during(() -> work(0.6));
    assertThatCode(() -> work(0.3)).doesNotThrowAnyException();
  }
}

package io.millrace.batch.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.batch.Orders;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.ViewDefinition;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SchedulesTest {
  private static final String DAILY_AT_SIX = "0 0 6 * * ?";

  @Test
  void shouldAcceptQuartzExpressions() {
    assertThatCode(() -> Schedules.check(DAILY_AT_SIX)).doesNotThrowAnyException();
    assertThatCode(() -> Schedules.check("0/20 * * * * ?")).doesNotThrowAnyException();
  }

  @Test
  void shouldSayWhatIsWrongWithOthers() {
    assertThatThrownBy(() -> Schedules.check("0 6 * * *"))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot use schedule '0 6 * * *': found ")
        .hasMessageEndingWith(
            ", expected a Quartz cron expression (second minute hour day-of-month month day-of-week"
                + " [year]) such as '0 0 6 * * ?'")
        .extracting(e -> ((MillraceException) e).code())
        .isEqualTo(ErrorCode.CONFIG_INVALID);
    assertThatThrownBy(() -> Schedules.check("hourly")).hasMessageContaining("'hourly'");
    assertThatThrownBy(() -> Schedules.check("0 0 25 * * ?")).hasMessageContaining("Hour");
  }

  @Test
  void shouldFireInUtc() {
    assertThat(Schedules.next(DAILY_AT_SIX, Instant.parse("2026-03-01T06:00:00Z")))
        .contains(Instant.parse("2026-03-02T06:00:00Z"));
    assertThat(Schedules.next("0 0 6 1 1 ? 2020", Instant.parse("2026-03-01T06:00:00Z"))).isEmpty();
  }

  @Test
  void shouldMissAFireTimeThatHasPassedSinceTheLastRun() {
    Instant last = Instant.parse("2026-03-01T06:00:00.120Z");
    assertThat(Schedules.missed(DAILY_AT_SIX, last, Instant.parse("2026-03-02T05:59:59Z")))
        .isFalse();
    assertThat(Schedules.missed(DAILY_AT_SIX, last, Instant.parse("2026-03-02T06:00:00Z")))
        .isTrue();
    assertThat(Schedules.missed(DAILY_AT_SIX, last, Instant.parse("2026-03-09T00:00:00Z")))
        .isTrue();
  }

  @Test
  void shouldTakeTheOverrideThenTheViewsOwnThenTheDefault() {
    ViewDefinition plain = Orders.view(Orders.source("t"));
    ViewDefinition own =
        new ViewDefinition(
            plain.name(),
            plain.version(),
            plain.sql(),
            plain.source(),
            "",
            Map.of("schedule", DAILY_AT_SIX));
    MillraceConfig byDefault = config(Map.of("batch.schedule", "0 0 * * * ?"));
    assertThat(Schedules.of(byDefault, plain)).isEqualTo("0 0 * * * ?");
    assertThat(Schedules.of(byDefault, own)).isEqualTo(DAILY_AT_SIX);
    assertThat(Schedules.of(config(Map.of("batch.schedule.override", "0/20 * * * * ?")), own))
        .isEqualTo("0/20 * * * * ?");
  }

  private static MillraceConfig config(Map<String, String> settings) {
    return MillraceConfig.load(Optional.empty(), Map.of(), settings);
  }
}

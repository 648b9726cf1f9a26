package io.millrace.batch.schedule;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.ViewDefinition;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.TimeZone;
import org.quartz.CronExpression;

/** Cron expressions of views, in Quartz's form (seconds first) and in UTC. Stateless. */
public final class Schedules {
  private Schedules() {}

  /**
   * Checks a cron expression: six or seven fields, seconds first.
   *
   * @throws MillraceException {@code CONFIG_INVALID} saying what is wrong with it, and where
   */
  public static void check(String cron) {
    expression(cron);
  }

  /** The cron expression that a view's runs follow: the override, its own, or the default. */
  public static String of(MillraceConfig config, ViewDefinition view) {
    return config.batch().scheduleOverride().or(view::schedule).orElse(config.batch().schedule());
  }

  static CronExpression expression(String cron) {
    try {
      CronExpression expression = new CronExpression(cron);
      expression.setTimeZone(TimeZone.getTimeZone("UTC"));
      return expression;
    } catch (ParseException | RuntimeException e) {
      throw new MillraceException(
          ErrorCode.CONFIG_INVALID,
          "cannot use schedule '"
              + cron
              + "': found "
              + e.getMessage()
              + ", expected a Quartz cron expression (second minute hour day-of-month month"
              + " day-of-week [year]) such as '0 0 6 * * ?'",
          e);
    }
  }

  /** The first time strictly after {@code after} at which the schedule fires, if it ever does. */
  public static Optional<Instant> next(String cron, Instant after) {
    return Optional.ofNullable(expression(cron).getNextValidTimeAfter(Date.from(after)))
        .map(Date::toInstant);
  }

  /**
   * Whether a fire time has passed with no run.
   *
   * @param last when the newest run started
   */
  public static boolean missed(String cron, Instant last, Instant now) {
    return next(cron, last).filter(fire -> !fire.isAfter(now)).isPresent();
  }
}

package io.millrace.batch.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TimeZone;
import java.util.UUID;
import java.util.function.Consumer;
import org.quartz.CronScheduleBuilder;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;

/**
 * Calls back whenever a view's cron expression fires. Remembers nothing over restarts: what was
 * missed meanwhile is {@link Schedules#missed}'s business. Used from one thread; calls back on its
 * own.
 */
public final class CronTimer implements AutoCloseable {
  private static final String FIRE = "fire";

  /** Clocks are set right by less all the time. */
  private static final Duration SET_BACK = Duration.ofSeconds(2);

  private final Scheduler scheduler;
  private final Map<String, String> crons = new HashMap<>();
  private Instant last = Instant.MIN;

  /**
   * @param fire told the view's name; must return soon
   */
  public CronTimer(Consumer<String> fire) {
    Properties properties = new Properties();
    properties.put("org.quartz.scheduler.instanceName", "millrace-" + UUID.randomUUID());
    properties.put("org.quartz.scheduler.skipUpdateCheck", "true");
    properties.put("org.quartz.scheduler.makeSchedulerThreadDaemon", "true");
    properties.put("org.quartz.threadPool.class", "org.quartz.simpl.SimpleThreadPool");
    properties.put("org.quartz.threadPool.makeThreadsDaemons", "true");
    properties.put("org.quartz.threadPool.threadCount", "1");
    properties.put("org.quartz.jobStore.class", "org.quartz.simpl.RAMJobStore");
    try {
      scheduler = new StdSchedulerFactory(properties).getScheduler();
      scheduler.getContext().put(FIRE, fire);
      scheduler.start();
    } catch (SchedulerException e) {
      throw new IllegalStateException("cannot start the scheduler", e);
    }
  }

  /**
   * Makes these and no other views fire. To be called again and again: when the machine's clock was
   * set back since, what is due next is counted anew, and does not wait until the clock has come to
   * where it was.
   *
   * @param wanted view name to valid cron expression
   */
  public void set(Map<String, String> wanted) {
    Instant now = Instant.now();
    if (now.plus(SET_BACK).isBefore(last)) {
      crons.replaceAll((view, cron) -> "");
    }
    last = now;
    try {
      for (String view : Map.copyOf(crons).keySet()) {
        if (!wanted.containsKey(view)) {
          scheduler.deleteJob(JobKey.jobKey(view));
          crons.remove(view);
        }
      }
      for (Map.Entry<String, String> entry : wanted.entrySet()) {
        if (!entry.getValue().equals(crons.get(entry.getKey()))) {
          schedule(entry.getKey(), entry.getValue());
          crons.put(entry.getKey(), entry.getValue());
        }
      }
    } catch (SchedulerException e) {
      throw new IllegalStateException("cannot change the schedule", e);
    }
  }

  private void schedule(String view, String cron) throws SchedulerException {
    JobDetail job = JobBuilder.newJob(Fire.class).withIdentity(view).build();
    Trigger trigger =
        TriggerBuilder.newTrigger()
            .withIdentity(view)
            .withSchedule(
                CronScheduleBuilder.cronSchedule(cron)
                    .inTimeZone(TimeZone.getTimeZone("UTC"))
                    .withMisfireHandlingInstructionFireAndProceed())
            .build();
    scheduler.deleteJob(job.getKey());
    // A schedule whose every fire time is past never fires: Quartz refuses it, and it needs
    // nothing.
    if (trigger.getFireTimeAfter(new java.util.Date()) != null) {
      scheduler.scheduleJob(job, trigger);
    }
  }

  @Override
  public void close() {
    try {
      scheduler.shutdown(false);
    } catch (SchedulerException e) {
      throw new IllegalStateException("cannot stop the scheduler", e);
    }
  }

  /** Quartz makes one for each fire, hence public and with a public constructor. */
  public static final class Fire implements Job {
    @Override
    @SuppressWarnings("unchecked")
    public void execute(JobExecutionContext context) {
      try {
        Object fire = context.getScheduler().getContext().get(FIRE);
        ((Consumer<String>) fire).accept(context.getJobDetail().getKey().getName());
      } catch (SchedulerException e) {
        throw new IllegalStateException("cannot reach the scheduler's context", e);
      }
    }
  }
}

package io.millrace.serving.report;

import io.millrace.control.process.GaugeTable;
import io.millrace.control.process.Metrics;
import io.millrace.serving.lookup.LookupReport;
import io.millrace.serving.lookup.ServedLookups;
import java.time.Duration;
import java.time.Instant;

/** What is counted of lookups; {@code docs/guide/monitoring.md} lists it. */
public final class LookupMetrics {
  private LookupMetrics() {}

  /** Adds them to {@code metrics}. */
  public static void add(Metrics metrics, ServedLookups lookups) {
    GaugeTable rows = metrics.table("millrace.lookup.rows", "Rows of the lookup");
    GaugeTable age =
        metrics.table(
            "millrace.lookup.age.seconds",
            "Time since the file was last found to hold what answers");
    GaugeTable problem =
        metrics.table("millrace.lookup.problem", "1 while the newest content cannot be loaded");
    GaugeTable missed =
        metrics.table("millrace.lookup.missed", "Rows of joins that found none in it");
    metrics.beforeScrape(
        () -> {
          for (LookupReport lookup : lookups.reports()) {
            String name = lookup.definition().name();
            problem.row(lookup.problem().isPresent() ? 1 : 0, "lookup", name);
            missed.row(lookup.missed(), "lookup", name);
            lookup
                .standing()
                .ifPresent(
                    at -> {
                      rows.row(at.rows(), "lookup", name);
                      age.row(
                          Duration.between(at.seenAt(), Instant.now()).toMillis() / 1e3,
                          "lookup",
                          name);
                    });
          }
        });
  }
}

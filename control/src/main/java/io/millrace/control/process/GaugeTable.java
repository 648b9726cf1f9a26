package io.millrace.control.process;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;

/**
 * Gauges of one name whose labels come and go: what {@link #row} was called with since the last
 * scrape is what the next one shows. To be filled by what {@link Metrics#beforeScrape} was given.
 */
public final class GaugeTable {
  private final MultiGauge gauges;
  private final List<MultiGauge.Row<?>> rows = new ArrayList<>();

  GaugeTable(MeterRegistry registry, String name, String description) {
    this.gauges = MultiGauge.builder(name).description(description).register(registry);
  }

  /**
   * @param labels names and values by turns; no two rows with the same
   */
  public void row(double value, String... labels) {
    rows.add(MultiGauge.Row.of(Tags.of(labels), value));
  }

  void publish() {
    gauges.register(List.copyOf(rows), true);
    rows.clear();
  }
}

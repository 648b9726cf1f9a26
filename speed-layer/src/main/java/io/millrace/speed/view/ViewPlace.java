package io.millrace.speed.view;

import io.millrace.control.model.ViewDefinition;

/**
 * Where a {@link LiveView} belongs.
 *
 * @param speedTopic of the view version
 * @param partition of its source
 */
public record ViewPlace(ViewDefinition view, String speedTopic, int partition) {
  @Override
  public String toString() {
    return "view " + view.id() + " on " + view.source().topic() + "-" + partition;
  }
}

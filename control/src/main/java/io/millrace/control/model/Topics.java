package io.millrace.control.model;

/**
 * The names of Millrace's own Kafka topics.
 *
 * @param namespace first word of each name, so that installations can share a cluster
 */
public record Topics(String namespace) {
  /** Sources, views and runs: compacted, one partition, hence totally ordered. */
  public String control() {
    return namespace + "-control";
  }

  /** What each process says of itself: compacted, short retention, one partition. */
  public String status() {
    return namespace + "-status";
  }

  /** Requests to the batch layer, such as to run a view now: short retention, one partition. */
  public String requests() {
    return namespace + "-requests";
  }

  /** The speed topic of one view version: compacted, partitioned as the source topic. */
  public String speed(ViewDefinition view) {
    return speed(view.name(), view.version());
  }

  /** As {@link #speed(ViewDefinition)}. */
  public String speed(String view, String version) {
    return namespace + "-speed-" + view + "-" + version;
  }

  /** Kafka Streams application id of the speed layer for one source. */
  public String speedApplication(String source) {
    return namespace + "-speed-layer-" + source;
  }
}

package io.millrace.control.model;

import java.util.regex.Pattern;

/**
 * The names of Millrace's own Kafka topics.
 *
 * @param namespace first word of each name, so that installations can share a cluster
 */
public record Topics(String namespace) {
  /** View and version. */
  private static final Pattern SPEED = Pattern.compile("[^-]+-[0-9a-f]{16}");

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

  /**
   * Whether a topic has the name of a speed topic of this namespace. A namespace may hold dashes,
   * and another one begin as this does; the name of a view holds none, and its version is of 16 hex
   * digits.
   */
  public boolean isSpeed(String topic) {
    String prefix = speed("", "").replaceAll("-$", "");
    return topic.startsWith(prefix) && SPEED.matcher(topic.substring(prefix.length())).matches();
  }

  /** Kafka Streams application id of the speed layer for one source. */
  public String speedApplication(String source) {
    return namespace + "-speed-layer-" + source;
  }
}

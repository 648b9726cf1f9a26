package io.millrace.batch.archive;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.model.SourceDefinition;
import io.millrace.lake.Snapshots;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.kafka.clients.admin.Admin;

/**
 * That the lake's position, the source as applied, and the records that are being archived are of
 * one topic. A topic is its id: what was read between two looks at the id that found the same one
 * is of that topic, since no id is ever given twice.
 *
 * <p>For one thread.
 */
final class OneTopic implements AutoCloseable {
  private final Admin admin;
  private final MillraceConfig config;
  private final SourceDefinition source;
  private final Optional<String> id;
  private String losing = "";

  private OneTopic(Admin admin, MillraceConfig config, SourceDefinition source) {
    this.admin = admin;
    this.config = config;
    this.source = source;
    this.id = now();
  }

  /**
   * Looks which topic there is.
   *
   * @throws MillraceException {@code TOPIC_CHANGED} if it is not the one that was applied
   */
  static OneTopic of(MillraceConfig config, SourceDefinition source) {
    Admin admin = Admin.create(config.adminProperties());
    try {
      OneTopic one = new OneTopic(admin, config, source);
      SourceTopic.check(one.doing(), source, source.topicId(), one.id);
      return one;
    } catch (RuntimeException e) {
      admin.close();
      throw e;
    }
  }

  /**
   * Demands that the table's position is of this topic.
   *
   * @throws MillraceException {@code TOPIC_CHANGED}
   */
  void check(Table table) {
    SourceTopic.check(doing(), source, of(table, Snapshots.TOPIC_ID), id);
  }

  /**
   * Demands that the topic is still this one, so that all that was read meanwhile is of it.
   *
   * @throws MillraceException {@code TOPIC_CHANGED}
   */
  void checkStill() {
    SourceTopic.check(doing(), source, id, now());
  }

  /** Whether the table says which topic its position is of. */
  boolean named(Table table) {
    return id.isEmpty() || of(table, Snapshots.TOPIC_ID).isPresent();
  }

  /** What the next commit gives up for lost. */
  OneTopic losing(String ranges) {
    losing = ranges;
    return this;
  }

  /** What a commit says beside the position. */
  Map<String, String> properties(Table table) {
    Map<String, String> properties = new HashMap<>();
    id.ifPresent(text -> properties.put(Snapshots.TOPIC_ID, text));
    String before = of(table, Snapshots.ALL_LOST).orElse("");
    String all = before + (before.isEmpty() || losing.isEmpty() ? "" : ",") + losing;
    if (!all.isEmpty()) {
      properties.put(Snapshots.ALL_LOST, all);
    }
    return properties;
  }

  private static Optional<String> of(Table table, String property) {
    return Snapshots.besidePosition(SnapshotUtil.currentAncestors(table), property);
  }

  private Optional<String> now() {
    return SourceTopic.id(admin, source.topic(), config.kafka().connectTimeout());
  }

  private String doing() {
    return "archive " + source.name();
  }

  @Override
  public void close() {
    admin.close();
  }
}

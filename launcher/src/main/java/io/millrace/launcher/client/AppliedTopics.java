package io.millrace.launcher.client;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.model.SourceDefinition;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;

/**
 * Holds the topics there are against those that were applied: a source's topic is the one of its
 * id, not the one of its name. For one thread.
 */
final class AppliedTopics {
  private final Admin admin;
  private final Duration timeout;
  private final Map<String, SourceDefinition> applied;
  private final Set<String> newTopics;

  /**
   * @param admin stays the caller's
   * @param applied by name
   * @param newTopics sources that may have another topic now
   */
  AppliedTopics(
      Admin admin, Duration timeout, Map<String, SourceDefinition> applied, Set<String> newTopics) {
    this.admin = admin;
    this.timeout = timeout;
    this.applied = applied;
    this.newTopics = newTopics;
  }

  /**
   * Before any topic is made.
   *
   * @param sources of the folder
   * @throws MillraceException {@code TOPIC_CHANGED} if a topic that was applied is another one or
   *     gone, and its source is not among the new topics; {@code BAD_REQUEST} if one of these is no
   *     source of the folder
   */
  void check(List<SourceDefinition> sources) {
    Set<String> names = sources.stream().map(SourceDefinition::name).collect(Collectors.toSet());
    for (String name : newTopics) {
      if (!names.contains(name)) {
        throw new MillraceException(
            ErrorCode.BAD_REQUEST,
            "cannot take a new topic for "
                + name
                + ": found no such table in the folder, expected one of "
                + names.stream().sorted().toList());
      }
    }
    for (SourceDefinition source : sources) {
      Optional<String> before = before(source);
      if (before.isPresent() && !newTopics.contains(source.name())) {
        SourceTopic.check(
            "apply table " + source.name(),
            source,
            before,
            SourceTopic.id(admin, source.topic(), timeout));
      }
    }
  }

  /** The ids of the topics there are now, by source name. */
  Map<String, String> ids(List<SourceDefinition> sources) {
    Map<String, String> ids = new HashMap<>();
    for (SourceDefinition source : sources) {
      SourceTopic.id(admin, source.topic(), timeout).ifPresent(id -> ids.put(source.name(), id));
    }
    return ids;
  }

  /** The applied sources, with a new beginning where one was asked for and the topic is another. */
  Map<String, SourceDefinition> beginningAnew(Map<String, String> ids) {
    Map<String, SourceDefinition> anew = new TreeMap<>(applied);
    for (String name : newTopics) {
      SourceDefinition source = applied.get(name);
      String now = ids.get(name);
      if (source != null && now != null && !source.topicId().equals(Optional.of(now))) {
        anew.put(name, source.beginningAnew(now));
      }
    }
    return anew;
  }

  private Optional<String> before(SourceDefinition source) {
    return Optional.ofNullable(applied.get(source.name())).flatMap(SourceDefinition::topicId);
  }
}

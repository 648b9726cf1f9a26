package io.millrace.serving.live;

import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.kafka.SourceTopic;
import io.millrace.control.model.SourceDefinition;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether the topics of sources are still those that were applied. A replica reads no source
 * topic: its answers stay right of the topic they were computed from, and this is how they can say
 * that it is there no more.
 *
 * <p>One thread looks; {@link #problem} is thread-safe.
 */
public final class SourceWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SourceWatch.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Admin admin;
  private final SourceTopicEnds ends;
  private final Map<SourceDefinition, MillraceException> problems = new ConcurrentHashMap<>();
  private volatile String unanswered = "";

  public SourceWatch(MillraceConfig config) {
    this.admin = Admin.create(config.adminProperties());
    this.ends = new SourceTopicEnds(admin);
  }

  /** Asks the broker about each of the sources, and forgets all others. */
  public void look(Set<SourceDefinition> sources) {
    problems.keySet().retainAll(sources);
    sources.forEach(this::look);
  }

  private void look(SourceDefinition source) {
    if (source.topicId().isEmpty()) {
      return;
    }
    try {
      SourceTopic.check(
          "answer from records of source " + source.name() + " that came later",
          source,
          source.topicId(),
          SourceTopic.id(admin, source.topic(), TIMEOUT));
      problems.remove(source);
      unanswered = "";
    } catch (MillraceException e) {
      if (e.code() == ErrorCode.TOPIC_CHANGED) {
        problems.put(source, e);
      } else if (!e.getMessage().equals(unanswered)) {
        // Without an answer, what was found last stays.
        unanswered = e.getMessage();
        LOG.warn("cannot see which topic source {} has: {}", source.name(), e.getMessage());
      }
    }
  }

  /** Why answers over the source come to a stop; empty if its topic is the one applied. */
  public Optional<MillraceException> problem(SourceDefinition source) {
    return Optional.ofNullable(problems.get(source));
  }

  /** Where the topics of sources end. Ends with this. */
  public SourceTopicEnds ends() {
    return ends;
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}

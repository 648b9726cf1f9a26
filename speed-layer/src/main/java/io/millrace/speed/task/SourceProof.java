package io.millrace.speed.task;

import io.millrace.control.error.MillraceException;
import java.util.Optional;

/**
 * Proves, before records are committed, that they are of the topic that was read before: the
 * consumer goes on by itself where one was deleted and made again. It is looked which topic there
 * is after the last record was read and before the commit; if it is the one read so far, all of
 * them are of it, as no id is given twice.
 *
 * <p>Shared by the tasks of one thread, whose commits are one transaction. For that thread.
 */
final class SourceProof {
  private final SourceOffsets offsets;
  private boolean unproven;

  SourceProof(SourceOffsets offsets) {
    this.offsets = offsets;
  }

  /** A record was read. */
  void read() {
    unproven = true;
  }

  /**
   * @param topicId of the topic read so far; empty: there is nothing to compare with
   * @throws MillraceException {@code TOPIC_CHANGED}
   */
  void prove(Optional<String> topicId) {
    if (unproven && topicId.isPresent()) {
      offsets.topicId(topicId);
    }
    unproven = false;
  }
}

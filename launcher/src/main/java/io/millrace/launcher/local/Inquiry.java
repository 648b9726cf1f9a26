package io.millrace.launcher.local;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A question that is asked again once it has been answered, however long that takes; who looks
 * never waits. For one thread.
 */
final class Inquiry<T> {
  private static final Logger LOG = LoggerFactory.getLogger(Inquiry.class);

  private final Supplier<CompletableFuture<T>> question;
  private Optional<CompletableFuture<T>> asked = Optional.empty();

  Inquiry(Supplier<CompletableFuture<T>> question) {
    this.question = question;
  }

  /** The answer if one has come since the last call; each is returned once. */
  Optional<T> answer() {
    CompletableFuture<T> answer = asked.orElseGet(question);
    asked = Optional.of(answer);
    if (!answer.isDone()) {
      return Optional.empty();
    }
    asked = Optional.empty();
    try {
      return Optional.of(answer.join());
    } catch (CompletionException e) {
      LOG.debug("no answer yet", e);
      return Optional.empty();
    }
  }
}

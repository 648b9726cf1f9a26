package io.millrace.view.app;

import io.millrace.control.error.MillraceException;
import io.millrace.view.ApplicationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What is wrong with a folder, in the order in which it is found. Not thread-safe. */
final class Problems {
  private final List<MillraceException> found = new ArrayList<>();

  void add(MillraceException problem) {
    if (problem instanceof ApplicationException several) {
      found.addAll(several.problems());
    } else {
      found.add(problem);
    }
  }

  /** Does a step, and notes what it throws. */
  void attempt(Runnable step) {
    value(
        () -> {
          step.run();
          return true;
        });
  }

  /** What a step gives; empty if it throws, which is noted. */
  <T> Optional<T> value(Supplier<T> step) {
    try {
      return Optional.of(step.get());
    } catch (MillraceException e) {
      add(e);
      return Optional.empty();
    }
  }

  /** Modifiable by nobody else. */
  List<MillraceException> all() {
    return List.copyOf(found);
  }
}

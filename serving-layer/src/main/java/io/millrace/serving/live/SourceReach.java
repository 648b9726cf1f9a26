package io.millrace.serving.live;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.SourcePosition;
import java.util.concurrent.CompletionStage;

/** Tells positions that may be reached from those that no answer ever will. */
@FunctionalInterface
public interface SourceReach {
  /**
   * @return completed at once or soon: exceptionally with a {@code BAD_REQUEST} if the source's
   *     topic has no such partition, or ends before the position; else with nothing
   */
  CompletionStage<Void> check(SourceDefinition source, SourcePosition asked);
}

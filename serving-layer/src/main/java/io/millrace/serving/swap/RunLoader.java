package io.millrace.serving.swap;

import io.millrace.control.model.RunRecord;
import io.millrace.serving.store.RunData;
import java.util.function.BooleanSupplier;

/** Brings a run's rows into the local store. */
@FunctionalInterface
public interface RunLoader {
  /**
   * May take as long as the lake does.
   *
   * @param run a completed run
   * @param stopped asked now and then: once it is true, this throws soon
   * @return its state, whose table the caller now holds
   * @throws io.millrace.control.error.MillraceException {@code RUN_FAILED} if the rows are not
   *     there, {@code RUN_DAMAGED} if they are not those that the run wrote
   */
  RunData load(RunRecord run, BooleanSupplier stopped);
}

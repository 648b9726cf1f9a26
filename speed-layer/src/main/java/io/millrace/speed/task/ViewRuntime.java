package io.millrace.speed.task;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.RecordDecoder;
import io.millrace.view.ViewProgram;

/** Makes what runs views. Thread-safe; what it makes is for one thread. */
public interface ViewRuntime {
  /** As {@link io.millrace.view.compile.ViewCompiler#decoder}. */
  RecordDecoder decoder(SourceDefinition source);

  /**
   * Compiles the view, unless it is compiled already.
   *
   * @throws io.millrace.control.error.MillraceException if it does not compile
   */
  void check(ViewDefinition view);

  /** A program of a view that {@link #check} accepts. */
  ViewProgram program(ViewDefinition view);
}

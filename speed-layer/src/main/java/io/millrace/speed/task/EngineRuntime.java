package io.millrace.speed.task;

import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.CompiledView;
import io.millrace.view.RecordDecoder;
import io.millrace.view.ViewProgram;
import io.millrace.view.compile.ViewCompiler;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** {@link ViewRuntime} on the view engine; compiles each view version once. */
public final class EngineRuntime implements ViewRuntime {
  private final Map<String, CompiledView> compiled = new ConcurrentHashMap<>();

  @Override
  public RecordDecoder decoder(SourceDefinition source) {
    return ViewCompiler.decoder(source);
  }

  @Override
  public void check(ViewDefinition view) {
    compile(view);
  }

  @Override
  public ViewProgram program(ViewDefinition view) {
    return compile(view).newProgram();
  }

  private CompiledView compile(ViewDefinition view) {
    return compiled.computeIfAbsent(view.id(), id -> ViewCompiler.compileApplied(view));
  }
}

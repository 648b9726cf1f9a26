package io.millrace.view.spark;

import io.millrace.view.Groups;
import io.millrace.view.SourceRow;
import io.millrace.view.ViewProgram;
import io.millrace.view.compile.CatalystView;
import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.state.StateCodec;
import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Whether a view's program takes a record or throws on it: the very code of the live view, over
 * states of no other record. It travels as the view's plan, and each task makes its program then.
 * Public as generated code calls it.
 *
 * <p>Not thread-safe: each task has its own copy.
 */
public final class RecordGuard implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ViewPlan plan;
  private final KeyCodec keyCodec;
  private final StateCodec stateCodec;

  private transient ViewProgram program;
  private transient Groups groups;

  RecordGuard(CatalystView view) {
    plan = view.plan();
    keyCodec = view.keyCodec();
    stateCodec = view.stateCodec();
  }

  /**
   * @param row as the source's rows are
   */
  public boolean takes(InternalRow row) {
    if (program == null) {
      program = CatalystView.program(plan, keyCodec, stateCodec);
      groups = key -> program.newState();
    }
    try {
      program.update(new SourceRow(row), groups);
      return true;
    } catch (RuntimeException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "guard";
  }
}

package io.millrace.view.compile;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.SourceDefinition;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.CompiledView;
import io.millrace.view.KeyCondition;
import io.millrace.view.KeyFilter;
import io.millrace.view.StateComparison;
import io.millrace.view.ViewProgram;
import io.millrace.view.internal.analyze.ColumnChecks;
import io.millrace.view.internal.analyze.PlanChecks;
import io.millrace.view.internal.analyze.SqlSettings;
import io.millrace.view.internal.analyze.ViewAnalyzer;
import io.millrace.view.internal.compare.StateComparer;
import io.millrace.view.internal.key.CatalystKeyFilter;
import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.program.CatalystProgram;
import io.millrace.view.internal.shape.InputRules;
import io.millrace.view.internal.shape.Magnitudes;
import io.millrace.view.internal.shape.ViewColumns;
import io.millrace.view.internal.shape.ViewShaper;
import io.millrace.view.internal.shape.ViewVersion;
import io.millrace.view.internal.state.StateCodec;
import io.millrace.view.internal.tree.Scala;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.DataType;

/** A {@link CompiledView} over Catalyst trees. Immutable and thread-safe. */
public final class CatalystView implements CompiledView {
  private final ViewDefinition definition;
  private final ViewPlan plan;
  private final KeyCodec codec;
  private final List<Column> columns;
  private final List<Column> keyColumns;
  private final Set<String> rounded;
  private final Set<String> bounded;
  private final List<List<Integer>> magnitudes;

  private CatalystView(ViewDefinition definition, ViewPlan plan) {
    this.definition = definition;
    this.plan = plan;
    this.codec = new KeyCodec(plan.groupAttributes().stream().map(Attribute::dataType).toList());
    this.columns = ViewColumns.of(plan);
    this.keyColumns = ViewColumns.ofKey(plan);
    this.rounded = ViewColumns.rounded(plan);
    this.bounded = ViewColumns.bounded(plan);
    this.magnitudes = SqlSettings.with(() -> Magnitudes.of(plan.aggregates()));
  }

  /**
   * Analyses, checks and cuts a definition; see {@link
   * io.millrace.view.compile.ViewCompiler#compile}.
   */
  public static CatalystView compile(ViewDefinition definition) {
    return new CatalystView(
        definition, plan(definition.name(), definition.sql(), definition.source()));
  }

  /** As {@link #compile}, of a definition whose states are kept. */
  public static CatalystView compileApplied(ViewDefinition definition) {
    CatalystView view = compile(definition);
    String version =
        SqlSettings.with(
            () -> ViewVersion.of(view.plan(), definition.source(), definition.generation()));
    if (!version.equals(definition.version())) {
      throw new MillraceException(
          ErrorCode.LAYOUT_CHANGED,
          "cannot use view "
              + definition.name()
              + ": found that this release gives it version "
              + version
              + ", expected "
              + definition.version()
              + " as it was applied: what is stored of it may be laid out otherwise; run `millrace"
              + " apply DIR` with this release, which adds the view's new version beside the old"
              + " one");
    }
    return view;
  }

  /** The version of a definition; see {@link io.millrace.view.compile.ViewCompiler#version}. */
  public static String version(String name, String sql, SourceDefinition source, int generation) {
    ViewPlan plan = plan(name, sql, source);
    return SqlSettings.with(() -> ViewVersion.of(plan, source, generation));
  }

  private static ViewPlan plan(String name, String sql, SourceDefinition source) {
    try {
      return SqlSettings.with(
          () -> {
            LogicalPlan analyzed = new ViewAnalyzer(name, source).analyze(sql);
            LogicalPlan whole = InputRules.inlineWith(analyzed);
            new PlanChecks(name, source.name()).check(whole);
            ViewPlan plan = ViewShaper.shape(whole);
            new ColumnChecks(name).check(whole, plan);
            return plan;
          });
    } catch (StackOverflowError e) {
      // Catalyst walks expressions by recursion; the parser has a limit of its own, and says so.
      throw new MillraceException(
          ErrorCode.NOT_SUPPORTED,
          "cannot compile view "
              + name
              + ": found an expression with more operators within each other than the stack has"
              + " room for, expected some hundreds at most; write it with fewer, by a list or a"
              + " sub-select",
          e);
    }
  }

  /** The plan, as a copy that belongs to the caller. */
  public ViewPlan plan() {
    return plan.copy();
  }

  /** The encoding of the group keys. */
  public KeyCodec keyCodec() {
    return codec;
  }

  /** The encoding of the states. */
  public StateCodec stateCodec() {
    return new StateCodec(
        plan.aggregates().stream()
            .flatMap(a -> Scala.list(a.aggregateFunction().aggBufferAttributes()).stream())
            .map(Attribute::dataType)
            .toArray(DataType[]::new),
        ViewVersion.layout(plan));
  }

  @Override
  public ViewDefinition definition() {
    return definition;
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public List<Column> keyColumns() {
    return keyColumns;
  }

  @Override
  public boolean rounded(Column column) {
    return rounded.contains(column.name());
  }

  @Override
  public boolean bounded(Column column) {
    return bounded.contains(column.name());
  }

  @Override
  public boolean global() {
    return plan.grouping().isEmpty();
  }

  @Override
  public ViewProgram newProgram() {
    return program(plan.copy(), codec, stateCodec());
  }

  /**
   * A program for one thread.
   *
   * @param plan belongs to the program
   */
  public static ViewProgram program(ViewPlan plan, KeyCodec codec, StateCodec stateCodec) {
    return SqlSettings.with(() -> new CatalystProgram(plan, codec, stateCodec));
  }

  @Override
  public StateComparison newComparison() {
    return SqlSettings.with(() -> new StateComparer(plan.copy(), magnitudes, stateCodec()));
  }

  @Override
  public KeyFilter keyFilter(List<KeyCondition> conditions) {
    return SqlSettings.with(() -> CatalystKeyFilter.of(plan.copy(), codec, columns, conditions));
  }
}

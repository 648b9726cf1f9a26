package io.millrace.view.internal;

import io.millrace.control.ViewDefinition;
import io.millrace.view.CompiledView;
import io.millrace.view.KeyCondition;
import io.millrace.view.KeyFilter;
import io.millrace.view.ViewProgram;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** A {@link CompiledView} over Catalyst trees. Immutable and thread-safe. */
public final class CatalystView implements CompiledView {
  private final ViewDefinition definition;
  private final ViewPlan plan;
  private final KeyCodec codec;
  private final List<Column> columns;
  private final List<Column> keyColumns;

  private CatalystView(ViewDefinition definition, ViewPlan plan) {
    this.definition = definition;
    this.plan = plan;
    this.codec =
        new KeyCodec(plan.groupAttributes().stream().map(Attribute::dataType).toList());
    this.columns = ViewColumns.of(plan);
    this.keyColumns = ViewColumns.ofKey(plan);
  }

  /** Analyses, checks and cuts a definition; see {@link io.millrace.view.ViewCompiler#compile}. */
  public static CatalystView compile(ViewDefinition definition) {
    return SqlSettings.with(
        () -> {
          ViewAnalyzer analyzer = new ViewAnalyzer(definition.name(), definition.source());
          LogicalPlan analyzed = analyzer.analyze(definition.sql());
          return new CatalystView(definition, new ViewShaper(definition.name()).shape(analyzed));
        });
  }

  /** The plan, as a copy that belongs to the caller. */
  public ViewPlan plan() {
    return plan.copy();
  }

  /** The encoding of the group keys. */
  public KeyCodec keyCodec() {
    return codec;
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
  public boolean global() {
    return plan.grouping().isEmpty();
  }

  @Override
  public ViewProgram newProgram() {
    return SqlSettings.with(() -> new CatalystProgram(plan.copy(), codec));
  }

  @Override
  public KeyFilter keyFilter(List<KeyCondition> conditions) {
    return SqlSettings.with(() -> CatalystKeyFilter.of(plan.copy(), codec, columns, conditions));
  }
}

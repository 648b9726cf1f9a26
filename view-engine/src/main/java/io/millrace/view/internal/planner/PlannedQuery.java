package io.millrace.view.internal.planner;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.analyze.SqlSettings;
import io.millrace.view.internal.analyze.StoredTypes;
import io.millrace.view.internal.operate.Budget;
import io.millrace.view.internal.operate.Rows;
import io.millrace.view.internal.operate.Run;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.internal.program.JavaValues;
import io.millrace.view.internal.query.ExpressionRules;
import io.millrace.view.internal.query.Guard;
import io.millrace.view.internal.query.QueryAnalyzer;
import io.millrace.view.internal.query.QueryErrors;
import io.millrace.view.internal.query.QueryText;
import io.millrace.view.internal.query.Relation;
import io.millrace.view.query.QueryLimits;
import io.millrace.view.query.QueryPlan;
import io.millrace.view.query.QueryRows;
import io.millrace.view.query.ScanInput;
import io.millrace.view.query.ScanPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** A question in steps. */
public final class PlannedQuery implements QueryPlan {
  /** Constants are computed while a question is planned. */
  private static final QueryLimits PLANNING = new QueryLimits(Duration.ofSeconds(5), 1 << 20);

  private final Step last;
  private final List<ScanPlan> scans;
  private final List<String> notes;
  private final DataType[] types;
  private boolean ran;

  private PlannedQuery(Step last, List<ScanPlan> scans, List<String> notes) {
    this.last = last;
    this.scans = List.copyOf(scans);
    this.notes = List.copyOf(notes);
    this.types = last.output().stream().map(Attribute::dataType).toArray(DataType[]::new);
  }

  /**
   * @param relations by name in lower case; belong to the question
   * @param limit most rows of the answer, plus the one that says that there are more
   */
  public static PlannedQuery of(
      QueryText text, Map<String, Relation> relations, Map<String, Object> parameters, int limit) {
    Budget budget = new Budget(PLANNING, System::nanoTime);
    return Guard.run(
        () ->
            budget.during(
                () -> SqlSettings.with(() -> planned(text, relations, parameters, limit))));
  }

  private static PlannedQuery planned(
      QueryText text, Map<String, Relation> relations, Map<String, Object> parameters, int limit) {
    LogicalPlan plan =
        ExpressionRules.evaluable(
            new QueryAnalyzer(relations, parameters).analyze(text), text.asked());
    Scans scans = new Scans();
    List<String> notes = new ArrayList<>();
    Step last = new Planner(relations, scans, notes).plan(plan, limit + 1L);
    checkColumns(last.output());
    return new PlannedQuery(last, scans.plans(), notes);
  }

  private static void checkColumns(List<Attribute> columns) {
    Map<String, Integer> names = new HashMap<>();
    for (int i = 0; i < columns.size(); i++) {
      Attribute column = columns.get(i);
      Integer same = names.put(column.name(), i + 1);
      if (same != null) {
        throw new MillraceException(
            ErrorCode.INVALID_SQL,
            "cannot answer: found column `%s` twice, as columns %d and %d of the SELECT, expected names that differ; rename one with AS"
                .formatted(column.name(), same, i + 1));
      }
      checkFields(column.name(), column.dataType());
      Optional<StoredTypes.Problem> problem = StoredTypes.problem(column.dataType());
      if (problem.isPresent()) {
        throw QueryErrors.unsupported(
            (Expression) column,
            "`" + column.name() + "` of type " + column.dataType().sql(),
            problem.get().expected(),
            problem.get().instead());
      }
    }
  }

  /** An answer has the fields of a struct by their names. */
  private static void checkFields(String column, DataType type) {
    if (type instanceof StructType struct) {
      Set<String> names = new HashSet<>();
      for (StructField field : struct.fields()) {
        if (!names.add(field.name())) {
          throw new MillraceException(
              ErrorCode.INVALID_SQL,
              "cannot answer: found field `%s` twice in the struct `%s`, expected names that differ; name them with named_struct('a', …, 'b', …)"
                  .formatted(field.name(), column));
        }
        checkFields(column, field.dataType());
      }
    } else if (type instanceof ArrayType array) {
      checkFields(column, array.elementType());
    } else if (type instanceof MapType map) {
      checkFields(column, map.keyType());
      checkFields(column, map.valueType());
    }
  }

  @Override
  public List<Column> columns() {
    return last.output().stream().map(c -> new Column(c.name(), c.dataType().sql())).toList();
  }

  @Override
  public List<ScanPlan> scans() {
    return scans;
  }

  @Override
  public List<String> notes() {
    return notes;
  }

  @Override
  public List<QueryPlan.Line> steps() {
    List<QueryPlan.Line> steps = new ArrayList<>();
    describe(last, 0, steps);
    return steps;
  }

  private static void describe(Step step, int depth, List<QueryPlan.Line> into) {
    into.add(new QueryPlan.Line(depth, step.text(), step.scan()));
    step.inputs().forEach(input -> describe(input, depth + 1, into));
  }

  @Override
  public QueryRows open(List<ScanInput> inputs, QueryLimits limits) {
    if (ran) {
      throw new IllegalStateException("a plan runs once: its expressions hold what they are at");
    }
    ran = true;
    Budget budget = new Budget(limits, System::nanoTime);
    Rows rows = guarded(budget, () -> last.open(new Run(inputs, budget)));
    return new QueryRows() {
      @Override
      public Optional<List<Object>> next() {
        return guarded(budget, () -> PlannedQuery.this.next(rows));
      }

      @Override
      public void renewTime() {
        budget.renewTime();
      }
    };
  }

  private static <T> T guarded(Budget budget, Supplier<T> work) {
    return Guard.run(() -> budget.during(() -> SqlSettings.with(work)));
  }

  private Optional<List<Object>> next(Rows rows) {
    InternalRow row = rows.next();
    return row == null ? Optional.empty() : Optional.of(JavaValues.ofRow(row, types));
  }
}

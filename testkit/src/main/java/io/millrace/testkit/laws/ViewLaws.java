package io.millrace.testkit.laws;

import io.millrace.view.CompiledView;
import io.millrace.view.GroupState;
import io.millrace.view.SourceRow;
import io.millrace.view.SourceRows;
import io.millrace.view.StateComparison;
import io.millrace.view.ViewProgram;
import io.millrace.view.spark.SparkViews;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * The laws of one view, checked on given rows:
 *
 * <ol>
 *   <li><b>one pass</b>: a program over all rows gives what plain Spark SQL gives;
 *   <li><b>split and merge</b>: so does merging the states of any split of the rows, in any order
 *       and grouping, encoded and decoded at every step, and so does carrying on from decoded
 *       states;
 *   <li><b>identity</b>: merging with the state of no rows changes nothing, on either side;
 *   <li><b>batch</b>: the finished columns that Spark makes beside its states are right, and so are
 *       its states, alone and merged with states of programs;
 *   <li><b>audit</b>: the comparison of states finds all of these states equal, whatever the split;
 *   <li><b>no sharing</b>: merging leaves the merged state as it was, and neither of the two
 *       changes with the other afterwards.
 * </ol>
 *
 * <p>Each violation is an {@link AssertionError} that names the view, the law, the group, the
 * columns and the seed that replays it. Immutable and thread-safe.
 */
public final class ViewLaws {
  private static final int MOST_PARTS = 6;

  private final CompiledView view;
  private final UnaryOperator<ViewProgram> decorator;
  private final Map<String, ColumnCheck> checks;
  private final String twin;

  private ViewLaws(
      CompiledView view,
      UnaryOperator<ViewProgram> decorator,
      Map<String, ColumnCheck> checks,
      String twin) {
    this.view = view;
    this.decorator = decorator;
    this.checks = checks;
    this.twin = twin;
  }

  public static ViewLaws of(CompiledView view) {
    return new ViewLaws(view, UnaryOperator.identity(), Map.of(), null);
  }

  /** Judges a column by another check than {@link Checks#equal}. */
  public ViewLaws judging(String column, ColumnCheck check) {
    Map<String, ColumnCheck> more = new HashMap<>(checks);
    more.put(column, check);
    return new ViewLaws(view, decorator, Map.copyOf(more), twin);
  }

  /**
   * Hands the checks of columns an exact twin of each row.
   *
   * @param select plain Spark SQL over the source, with the view's columns in its order; group
   *     columns have the view's values, any other what its check wants
   */
  public ViewLaws twin(String select) {
    return new ViewLaws(view, decorator, checks, select);
  }

  /** Replaces each program of the view: shows that the kit notices what a wrong one does. */
  public ViewLaws programs(UnaryOperator<ViewProgram> decorated) {
    return new ViewLaws(view, decorated, checks, twin);
  }

  /**
   * Checks every law.
   *
   * @param rows of the source, in {@link SparkViews#sourceSchema}
   * @param seed decides splits and merge orders
   */
  public void hold(List<Row> rows, long seed) {
    new Check(rows, seed).all();
  }

  /** One check: the rows with what plain Spark makes of them. */
  private final class Check {
    private final SparkSession spark = LawSession.spark();
    private final List<Row> rows;
    private final long seed;
    private final Random random;
    private final StructType schema = SparkViews.sourceSchema(view.definition().source());
    private final Function<Row, SourceRow> source = SourceRows.reader(schema);
    private final Answer expected;
    private final Answer twins;
    private final StateComparison comparison = view.newComparison();
    private final ViewProgram program = decorator.apply(view.newProgram());

    /** Takes in rows; states go on from it to {@link #program}, as between layers, in bytes. */
    private final ViewProgram other = decorator.apply(view.newProgram());

    Check(List<Row> rows, long seed) {
      this.rows = rows;
      this.seed = seed;
      this.random = new Random(seed);
      this.expected =
          LawSession.interpreted(() -> answer(SparkViews.plain(view, spark, dataset(rows))));
      this.twins =
          twin == null ? null : LawSession.interpreted(() -> answer(twinOf(dataset(rows))));
    }

    void all() {
      Map<ByteBuffer, byte[]> onePass = run(rows, Map.of());
      same("one pass", evaluated(onePass));
      same("identity", evaluated(withIdentity(onePass)));
      List<Map<ByteBuffer, byte[]>> parts = new ArrayList<>();
      split(rows).forEach(part -> parts.add(run(part, Map.of())));
      Map<ByteBuffer, byte[]> merged = mergedAnyhow(parts);
      same("split and merge", evaluated(merged));
      agree("split and merge", onePass, merged);
      Map<ByteBuffer, byte[]> carriedOn = carriedOn();
      same("carrying on", evaluated(carriedOn));
      agree("carrying on", onePass, carriedOn);
      batch(onePass);
    }

    private void batch(Map<ByteBuffer, byte[]> onePass) {
      List<Row> batch = SparkViews.states(view, spark, dataset(rows)).collectAsList();
      same("batch: finished columns", finished(batch));
      same("batch: states", evaluated(states(batch)));
      agree("batch: states", onePass, states(batch));
      int cut = rows.isEmpty() ? 0 : random.nextInt(rows.size() + 1);
      List<Row> below =
          LawSession.interpreted(
              () -> SparkViews.states(view, spark, dataset(rows.subList(0, cut))).collectAsList());
      List<Map<ByteBuffer, byte[]>> parts = new ArrayList<>(List.of(states(below)));
      split(rows.subList(cut, rows.size())).forEach(part -> parts.add(run(part, Map.of())));
      Map<ByteBuffer, byte[]> merged = mergedAnyhow(parts);
      same("batch merged with stream, cut at " + cut, evaluated(merged));
      agree("batch merged with stream, cut at " + cut, onePass, merged);
    }

    /** What an audit of one against the other would find. */
    private void agree(
        String law, Map<ByteBuffer, byte[]> expected, Map<ByteBuffer, byte[]> found) {
      byte[] none = program.encodeState(program.newState());
      Set<ByteBuffer> keys = new HashSet<>(expected.keySet());
      keys.addAll(found.keySet());
      for (ByteBuffer key : keys) {
        if (!view.global() && expected.containsKey(key) != found.containsKey(key)) {
          fail("audit: " + law, "group is on one side only");
        }
        List<StateComparison.Difference> differences =
            comparison.compare(expected.getOrDefault(key, none), found.getOrDefault(key, none));
        if (!differences.isEmpty()) {
          fail("audit: " + law, differences.toString());
        }
      }
    }

    /** Only the groups are new: programs are used for as long as a layer runs. */
    private Map<ByteBuffer, byte[]> run(List<Row> part, Map<ByteBuffer, byte[]> stored) {
      return new ProgramRun(other, source, stored).update(part).encoded();
    }

    /** Each part starts from the states that the one before it left. */
    private Map<ByteBuffer, byte[]> carriedOn() {
      Map<ByteBuffer, byte[]> states = Map.of();
      for (List<Row> part : split(rows)) {
        states = run(part, states);
      }
      return states;
    }

    private Map<ByteBuffer, byte[]> withIdentity(Map<ByteBuffer, byte[]> states) {
      byte[] none = program.encodeState(program.newState());
      Map<ByteBuffer, byte[]> merged = new LinkedHashMap<>();
      states.forEach((key, state) -> merged.put(key, merge(key, none, merge(key, state, none))));
      return merged;
    }

    /** Merges two random ones of the maps until one is left. */
    private Map<ByteBuffer, byte[]> mergedAnyhow(List<Map<ByteBuffer, byte[]>> parts) {
      List<Map<ByteBuffer, byte[]>> open = new ArrayList<>(parts);
      while (open.size() > 1) {
        Map<ByteBuffer, byte[]> into =
            new LinkedHashMap<>(open.remove(random.nextInt(open.size())));
        open.remove(random.nextInt(open.size()))
            .forEach(
                (key, state) -> into.merge(key, state, (left, right) -> merge(key, left, right)));
        open.add(into);
      }
      return open.get(0);
    }

    private byte[] merge(ByteBuffer key, byte[] left, byte[] right) {
      GroupState into = ProgramRun.decoded(program, left);
      GroupState from = ProgramRun.decoded(program, right);
      Optional<List<Object>> before = program.evaluate(key.array(), from);
      program.merge(into, from);
      unchanged(key, "merging changed the merged state", before, from);
      Optional<List<Object>> merged = program.evaluate(key.array(), into);
      byte[] bytes = program.encodeState(into);
      program.merge(from, ProgramRun.decoded(program, left));
      unchanged(key, "a state changed with the one merged into it", merged, into);
      return bytes;
    }

    private void unchanged(
        ByteBuffer key, String law, Optional<List<Object>> before, GroupState state) {
      Optional<List<Object>> after = program.evaluate(key.array(), state);
      if (!Checks.same(before.orElse(null), after.orElse(null))) {
        fail("no sharing", law + ": from %s to %s".formatted(before, after));
      }
    }

    /** A random number of parts of random sizes, some of them empty, order kept. */
    private List<List<Row>> split(List<Row> all) {
      List<List<Row>> parts = new ArrayList<>();
      int from = 0;
      for (int part = random.nextInt(MOST_PARTS); part > 0; part--) {
        int to = from + random.nextInt(all.size() - from + 1);
        parts.add(all.subList(from, to));
        from = to;
      }
      parts.add(all.subList(from, all.size()));
      return parts;
    }

    private Answer evaluated(Map<ByteBuffer, byte[]> states) {
      Map<ByteBuffer, byte[]> all = new LinkedHashMap<>(states);
      if (view.global()) {
        all.putIfAbsent(ByteBuffer.wrap(new byte[0]), program.encodeState(program.newState()));
      }
      List<List<Object>> answer = new ArrayList<>();
      all.forEach(
          (key, state) ->
              program
                  .evaluate(key.array(), ProgramRun.decoded(program, state))
                  .ifPresent(answer::add));
      return new Answer(view.columns(), answer);
    }

    private Map<ByteBuffer, byte[]> states(List<Row> batch) {
      Map<ByteBuffer, byte[]> states = new LinkedHashMap<>();
      for (Row row : batch) {
        byte[] state = row.getAs(SparkViews.STATE);
        if (states.put(ByteBuffer.wrap(row.getAs(SparkViews.KEY)), state) != null) {
          fail("batch: states", "two rows have the same key");
        }
      }
      return states;
    }

    private Answer finished(List<Row> batch) {
      List<List<Object>> answer = new ArrayList<>();
      for (Row row : batch) {
        if (row.<Boolean>getAs(SparkViews.VISIBLE)) {
          answer.add(PlainValues.of(row, row.schema()).subList(0, view.columns().size()));
        }
      }
      return new Answer(view.columns(), answer);
    }

    private Answer answer(Dataset<Row> result) {
      StructType type = result.schema();
      return new Answer(
          view.columns(),
          result.collectAsList().stream().map(row -> PlainValues.of(row, type)).toList());
    }

    private Dataset<Row> twinOf(Dataset<Row> data) {
      data.createOrReplaceTempView(view.definition().source().name());
      return spark.sql(twin);
    }

    private Dataset<Row> dataset(List<Row> of) {
      return spark.createDataFrame(of, schema);
    }

    private void same(String law, Answer actual) {
      actual.difference(expected, twins, checks).ifPresent(text -> fail(law, text));
    }

    private void fail(String law, String text) {
      throw new AssertionError(
          "view %s breaks the law '%s' (seed %d, %d rows): %s%n%s"
              .formatted(
                  view.definition().name(), law, seed, rows.size(), text, view.definition().sql()));
    }
  }
}

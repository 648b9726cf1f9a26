package io.millrace.testkit.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.MillraceException;
import io.millrace.control.model.ViewDefinition;
import io.millrace.view.CompiledView;
import io.millrace.view.GroupState;
import io.millrace.view.SourceRow;
import io.millrace.view.SourceRows;
import io.millrace.view.ViewProgram;
import io.millrace.view.compile.ViewCompiler;
import io.millrace.view.spark.SparkViews;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/**
 * Spark's golden answers are ours. Every query of Spark's own SQL tests that aggregates one
 * relation is compiled as a view. What is accepted is fed in random splits through update, encode,
 * decode, merge and evaluate, and gives the answer that Spark's build checks: a third of it, which
 * the seed chooses, and all of it in the long form. What is refused stands in the catalogue {@code
 * golden-refused.txt} with its reason, so that nothing is refused unseen.
 */
final class GoldenLaws {
  private static final Path CATALOGUE =
      Path.of(
          "src", "test", "resources", "io", "millrace", "testkit", "laws", "golden-refused.txt");
  private static final Path FOUND = Path.of("target", "golden-refused.txt");
  private static final int MOST_PARTS = 4;
  private static final int COMPARED_OF = Boolean.getBoolean("millrace.tests.long") ? 1 : 3;

  /** Histograms depend on how Spark's build split the rows. */
  private static final Set<String> OF_ANOTHER_SPLIT = Set.of("group-by#63");

  private final List<String> refused = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private int accepted;
  private int compared;

  @Test
  void shouldAnswerAsSparksOwnTestsDoOrBeInTheCatalogue() throws IOException {
    LawSeed.each(this::check);
  }

  private void check(long seed) {
    refused.clear();
    accepted = 0;
    compared = 0;
    for (GoldenFile file : GoldenFile.all()) {
      GoldenQueries.each(file, query -> check(query, seed));
    }
    System.out.printf(
        "golden answers: %d queries accepted, %d of them compared, %d refused, seed %d%n",
        accepted, compared, refused.size(), seed);
    assertThat(wrong).as("wrong answers, seed %d", seed).isEmpty();
    compare();
  }

  private void check(GoldenQueries.Query query, long seed) {
    CompiledView view;
    try {
      view =
          ViewCompiler.compile(
              new ViewDefinition(
                  "golden",
                  "0000000000000000",
                  query.sql(),
                  query.relation().source(),
                  "",
                  Map.of()));
    } catch (MillraceException e) {
      if (!query.aggregation().getAsBoolean()) {
        return;
      }
      String reason = e.getMessage().replace("cannot compile view golden: ", "");
      refused.add(
          "%s %s: %s"
              .formatted(
                  query.name(),
                  e.code(),
                  reason.replaceFirst("^line \\d+, column \\d+: ", "").replace('\n', ' ')));
      return;
    }
    if (OF_ANOTHER_SPLIT.contains(query.name())) {
      refused.add(query.name() + " accepted, not compared: its answer depends on the split");
      return;
    }
    accepted++;
    Random random = new Random(seed ^ query.name().hashCode());
    if (random.nextInt(COMPARED_OF) > 0) {
      return;
    }
    compared++;
    new GoldenText(view.columns())
        .difference(answer(view, query.relation().rows(), random), query.entry().rows())
        .ifPresent(
            text -> wrong.add(query.name() + ": " + text + "\n" + query.entry().query() + "\n"));
  }

  /** What depends on the order of rows is compared in theirs; that it merges, other laws show. */
  private static List<List<Object>> answer(CompiledView view, List<Row> rows, Random random) {
    ViewProgram program = view.newProgram();
    Function<Row, SourceRow> source =
        SourceRows.reader(SparkViews.sourceSchema(view.definition().source()));
    Map<ByteBuffer, byte[]> merged = new LinkedHashMap<>();
    boolean ordered = view.columns().stream().anyMatch(c -> !c.exact() && !view.rounded(c));
    for (List<Row> part : ordered ? List.of(rows) : split(rows, random)) {
      new ProgramRun(program, source, Map.of())
          .update(part)
          .encoded()
          .forEach((key, state) -> merged.merge(key, state, (a, b) -> merge(program, a, b)));
    }
    if (view.global()) {
      merged.putIfAbsent(ByteBuffer.wrap(new byte[0]), program.encodeState(program.newState()));
    }
    List<List<Object>> answer = new ArrayList<>();
    merged.forEach(
        (key, state) ->
            program
                .evaluate(key.array(), ProgramRun.decoded(program, state))
                .ifPresent(answer::add));
    return answer;
  }

  private static byte[] merge(ViewProgram program, byte[] left, byte[] right) {
    GroupState into = ProgramRun.decoded(program, left);
    program.merge(into, ProgramRun.decoded(program, right));
    return program.encodeState(into);
  }

  private static List<List<Row>> split(List<Row> rows, Random random) {
    List<List<Row>> parts = new ArrayList<>();
    for (int part = 1 + random.nextInt(MOST_PARTS); part > 0; part--) {
      parts.add(new ArrayList<>());
    }
    rows.forEach(row -> parts.get(random.nextInt(parts.size())).add(row));
    return parts;
  }

  private void compare() {
    List<String> found = new ArrayList<>();
    found.add("%d queries accepted and right; the others:".formatted(accepted));
    found.addAll(refused);
    try {
      Files.write(FOUND, found);
      assertThat(found)
          .as("if each change is meant, copy testkit/%s to testkit/%s", FOUND, CATALOGUE)
          .containsExactlyElementsOf(Files.readAllLines(CATALOGUE));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}

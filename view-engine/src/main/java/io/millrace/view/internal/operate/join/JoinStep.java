package io.millrace.view.internal.operate.join;

import io.millrace.view.internal.operate.Budget;
import io.millrace.view.internal.operate.Evaluators;
import io.millrace.view.internal.operate.Rows;
import io.millrace.view.internal.operate.Run;
import io.millrace.view.internal.operate.Step;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * An equality join. Rows come in the order of the read side, and those of one row in the order of
 * the held side; a full join ends with the held rows that matched nothing.
 *
 * @param read read through, row by row
 * @param held read first, and held
 * @param residual what else a match has to meet, over the columns of both
 * @param output the read side's columns and the held side's, in either order; of a kind that {@link
 *     JoinKind#filters} the read side's alone
 * @param readFirst which order that is
 * @param whole whether a row without a match has none in the relation that the held side is of
 */
public record JoinStep(
    Step read,
    Step held,
    JoinKeys keys,
    Optional<Expression> residual,
    JoinKind kind,
    List<Attribute> output,
    boolean readFirst,
    boolean whole,
    String text)
    implements Step {
  /** Whether the held side may say which groups of a view the other side has to read. */
  public static boolean narrows(Step read, JoinKeys keys, JoinKind kind) {
    return narrowing(read, keys, kind).isPresent();
  }

  private static Optional<Narrowing> narrowing(Step read, JoinKeys keys, JoinKind kind) {
    return kind == JoinKind.INNER || kind == JoinKind.SEMI
        ? Narrowing.of(read, keys.read())
        : Optional.empty();
  }

  @Override
  public List<Step> inputs() {
    return List.of(read, held);
  }

  @Override
  public Rows open(Run run) {
    return new Joined(this, read.open(run), held.open(run), run);
  }

  private static final class Joined implements Rows {
    private final JoinStep join;
    private final Rows readRows;
    private final Rows heldRows;
    private final Run run;
    private final Budget budget;
    private final UnsafeProjection toKey;
    private final BasePredicate residual;
    private final JoinedRow candidate = new JoinedRow();
    private final JoinedRow result = new JoinedRow();
    private final InternalRow noHeld;
    private final InternalRow noRead;

    private Held held;
    private InternalRow row;
    private Held.Entry next;
    private boolean matched;
    private Iterator<Held.Entry> rest;

    Joined(JoinStep join, Rows readRows, Rows heldRows, Run run) {
      this.join = join;
      this.readRows = readRows;
      this.heldRows = heldRows;
      this.run = run;
      this.budget = run.budget();
      this.toKey = Evaluators.projection(join.keys().read(), join.read().output());
      List<Attribute> both = new ArrayList<>(join.read().output());
      both.addAll(join.held().output());
      this.residual = join.residual().map(r -> Evaluators.predicate(r, both)).orElse(null);
      this.noHeld = new GenericInternalRow(join.held().output().size());
      this.noRead = new GenericInternalRow(join.read().output().size());
    }

    @Override
    public InternalRow next() {
      if (held == null) {
        held = new Held(join, heldRows, budget);
        narrowing(join.read(), join.keys(), join.kind())
            .ifPresent(narrowing -> narrowing.apply(join.keys(), held, run));
      }
      while (rest == null) {
        if (row == null && !advance()) {
          rest =
              join.kind() == JoinKind.FULL
                  ? held.all().stream().filter(entry -> !entry.matched()).iterator()
                  : List.<Held.Entry>of().iterator();
          break;
        }
        InternalRow made = join.kind().filters() ? filtered() : matched();
        if (made != null) {
          return made;
        }
      }
      if (!rest.hasNext()) {
        return null;
      }
      budget.tick();
      return result(noRead, rest.next().row());
    }

    private boolean advance() {
      row = readRows.next();
      if (row == null) {
        return false;
      }
      budget.tick();
      UnsafeRow key = toKey.apply(row);
      next = held.first(key);
      if (next == null && join.whole() && !join.kind().filters() && !join.keys().missing(key)) {
        join.held().missed(run);
      }
      matched = false;
      return true;
    }

    /** The row itself or null, and on to the next one. */
    private InternalRow filtered() {
      boolean found = match() != null;
      InternalRow given = found == (join.kind() == JoinKind.SEMI) ? row : null;
      row = null;
      return given;
    }

    /** The row with its next match; null, and on to the next row, if there is no more. */
    private InternalRow matched() {
      Held.Entry match = match();
      if (match != null) {
        matched = true;
        match.match();
        return result(row, match.row());
      }
      InternalRow alone = !matched && join.kind() != JoinKind.INNER ? result(row, noHeld) : null;
      row = null;
      return alone;
    }

    private Held.Entry match() {
      while (next != null) {
        Held.Entry entry = next;
        next = entry.next();
        budget.tick();
        if (residual == null || residual.eval(candidate.apply(row, entry.row()))) {
          return entry;
        }
      }
      return null;
    }

    private InternalRow result(InternalRow read, InternalRow held) {
      return join.readFirst() ? result.apply(read, held) : result.apply(held, read);
    }
  }
}

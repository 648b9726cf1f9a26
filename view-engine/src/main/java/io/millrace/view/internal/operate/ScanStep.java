package io.millrace.view.internal.operate;

import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.program.CatalystProgram;
import io.millrace.view.query.ScanInput;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;

/**
 * The finished rows of a view's wanted groups, in the order of their keys. A group whose key is not
 * wanted is neither merged nor finished.
 *
 * @param index of the scan
 * @param codec of the view's group keys
 * @param groupColumns what a key holds
 * @param wanted condition on them
 * @param output the view's columns
 * @param groups those of them that are group columns as they are
 */
public record ScanStep(
    int index,
    KeyCodec codec,
    List<Attribute> groupColumns,
    Optional<Expression> wanted,
    List<Attribute> output,
    Map<ExprId, Attribute> groups,
    String text)
    implements Step {
  @Override
  public List<Step> inputs() {
    return List.of();
  }

  @Override
  public OptionalInt scan() {
    return OptionalInt.of(index);
  }

  @Override
  public Rows open(Run run) {
    ScanInput.OfView input = run.view(index);
    CatalystProgram program = (CatalystProgram) input.program();
    Wanted keys = new Wanted(this, run);
    return () -> {
      for (InternalRow key = keys.next(); key != null; key = keys.next()) {
        InternalRow row = program.finish(key, input.groups().state());
        if (row != null) {
          return row;
        }
      }
      return null;
    };
  }

  /** The decoded keys of wanted groups. */
  static final class Wanted implements Rows {
    private final KeyCodec codec;
    private final ScanInput.Groups groups;
    private final BasePredicate wanted;
    private final Budget budget;
    private boolean ended;

    Wanted(ScanStep scan, Run run) {
      this.codec = scan.codec();
      this.groups = run.view(scan.index()).groups();
      this.wanted =
          scan.wanted()
              .map(condition -> Evaluators.predicate(condition, scan.groupColumns()))
              .orElse(null);
      this.budget = run.budget();
    }

    @Override
    public InternalRow next() {
      while (!ended) {
        if (!groups.next()) {
          ended = true;
          return null;
        }
        budget.tick();
        InternalRow key = codec.decode(groups.key());
        if (wanted == null || wanted.eval(key)) {
          return key;
        }
      }
      return null;
    }
  }
}

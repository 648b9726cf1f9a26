package io.millrace.view.internal.lookup;

import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.operate.Evaluators;
import io.millrace.view.internal.operate.Rows;
import io.millrace.view.internal.operate.Run;
import io.millrace.view.internal.operate.Step;
import io.millrace.view.query.ScanInput;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.BasePredicate;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * The wanted rows of a lookup, in the order of their keys. A row is not read where its key is not
 * wanted.
 *
 * @param index of the scan
 * @param codec of the lookup's keys
 * @param key what a key holds, columns of the output
 * @param wanted condition on them
 * @param output the lookup's columns
 */
public record LookupScanStep(
    int index,
    KeyCodec codec,
    List<Attribute> key,
    Optional<Expression> wanted,
    List<Attribute> output,
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
  public void missed(Run run) {
    run.lookup(index).rows().missed();
  }

  @Override
  public Rows open(Run run) {
    ScanInput.LookupRows rows = run.lookup(index).rows();
    BasePredicate test = wanted.map(condition -> Evaluators.predicate(condition, key)).orElse(null);
    return () -> {
      while (rows.next()) {
        run.budget().tick();
        if (test == null || test.eval(codec.decode(rows.key()))) {
          byte[] bytes = rows.row();
          UnsafeRow row = new UnsafeRow(output.size());
          row.pointTo(bytes, bytes.length);
          return row;
        }
      }
      return null;
    };
  }
}

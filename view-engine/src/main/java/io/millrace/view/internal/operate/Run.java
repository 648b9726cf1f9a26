package io.millrace.view.internal.operate;

import io.millrace.view.query.ScanInput;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Expression;

/**
 * What the steps of one running question share.
 *
 * @param inputs by the index of the scan
 * @param narrowed what has turned out of the groups that are wanted of a scan
 */
public record Run(List<ScanInput> inputs, Budget budget, Map<Integer, List<Expression>> narrowed) {
  public Run(List<ScanInput> inputs, Budget budget) {
    this(List.copyOf(inputs), budget, new HashMap<>());
  }

  /**
   * Adds conditions that all groups meet that are wanted of a scan, as it turned out.
   *
   * @return all of them so far
   */
  public List<Expression> narrowed(int scan, List<Expression> conditions) {
    List<Expression> all = narrowed.computeIfAbsent(scan, i -> new ArrayList<>());
    all.addAll(conditions);
    return new ArrayList<>(all);
  }

  /** The input of a scan of a view. */
  public ScanInput.OfView view(int scan) {
    return (ScanInput.OfView) inputs.get(scan);
  }

  /** The input of a scan of a lookup. */
  public ScanInput.OfLookup lookup(int scan) {
    return (ScanInput.OfLookup) inputs.get(scan);
  }
}

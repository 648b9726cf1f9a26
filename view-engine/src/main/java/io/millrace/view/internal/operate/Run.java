package io.millrace.view.internal.operate;

import io.millrace.view.query.ScanInput;
import java.util.List;

/**
 * What the steps of one running question share.
 *
 * @param inputs by the index of the scan
 */
public record Run(List<ScanInput> inputs, Budget budget) {
  public Run {
    inputs = List.copyOf(inputs);
  }
}

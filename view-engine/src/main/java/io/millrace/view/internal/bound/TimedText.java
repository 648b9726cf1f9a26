package io.millrace.view.internal.bound;

import io.millrace.view.internal.operate.Budget;
import java.util.Optional;

/** A text that looks at the clock while it is read: a search that goes on for ever ends. */
final class TimedText implements CharSequence {
  private static final int CLOCK_EVERY = 1 << 14;

  private final String text;
  private final Optional<Budget> budget = Budget.current();
  private int reads;

  TimedText(String text) {
    this.text = text;
  }

  @Override
  public char charAt(int index) {
    if (++reads % CLOCK_EVERY == 0) {
      budget.ifPresent(Budget::checkTime);
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}

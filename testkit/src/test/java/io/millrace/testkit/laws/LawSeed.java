package io.millrace.testkit.laws;

import java.util.function.LongConsumer;

/**
 * The seeds of the law tests: fixed ones, so that a build does not fail by chance, or those from
 * {@code -Dmillrace.laws.seed=N} on, {@code -Dmillrace.laws.seeds=COUNT} of them, to search
 * further.
 */
final class LawSeed {
  private static final long FIRST = Long.getLong("millrace.laws.seed", 20_261_123L);
  private static final int COUNT = Integer.getInteger("millrace.laws.seeds", 1);

  private LawSeed() {}

  static long first() {
    return FIRST;
  }

  static void each(LongConsumer test) {
    for (int i = 0; i < COUNT; i++) {
      test.accept(FIRST + i);
    }
  }
}

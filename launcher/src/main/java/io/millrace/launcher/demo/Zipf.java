package io.millrace.launcher.demo;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Numbers from 0, the small ones far more often: rank r has weight 1 / (r + 1)^s. Immutable. */
final class Zipf {
  private final double[] cumulative;

  Zipf(int size, double exponent) {
    cumulative = new double[size];
    double sum = 0;
    for (int rank = 0; rank < size; rank++) {
      sum += 1 / Math.pow(rank + 1, exponent);
      cumulative[rank] = sum;
    }
    for (int rank = 0; rank < size; rank++) {
      cumulative[rank] /= sum;
    }
  }

  int next(SplittableRandom random) {
    int found = Arrays.binarySearch(cumulative, random.nextDouble());
    return Math.min(cumulative.length - 1, found < 0 ? -found - 1 : found + 1);
  }
}

package io.millrace.view.internal.compare;

import org.apache.spark.sql.catalyst.InternalRow;

/**
 * How far floating-point states of the same values may be apart, derived from the values' number
 * and size, whatever the order in which they were added and merged.
 *
 * <p>The sum of n values computed in any order is within (n − 1)·u·Σ|x| of the exact one, u = 2⁻⁵³
 * (Higham, Accuracy and Stability of Numerical Algorithms, 4.2). Two such sums differ by at most
 * twice that, and merging k partial sums adds at most n roundings more.
 *
 * <p>Central moments are kept by updates of a running mean. A mean of values of size X = |mean| + s
 * is within d = n·u·X, where s = √m₂ bounds the distance of each value from the mean. Deviations
 * are then known to ± d each, so their Euclidean norm is at most p = s + √n·d, and by Hölder's
 * inequality Σ|(y + e)ᵏ − yᵏ| ≤ k·√n·d·pᵏ⁻¹; the roundings of the moment itself add n·u·pᵏ. Each
 * intermediate result of the update and of the merge is at most a small multiple of pᵏ, which
 * {@link #SLACK} stands for. So a second moment's bound is relative to its condition and not to
 * itself: values near 1.7e12 that are close together lose digits, and may.
 */
final class Rounding {
  /** Constants of the derivations, rounded up. */
  static final double SLACK = 8;

  /** 2⁻⁵³. */
  static final double UNIT = 0x1p-53;

  /** Above this, whether an intermediate result overflows depends on the order. */
  private static final double LARGE = 1e290;

  private Rounding() {}

  /**
   * @param count how many values were added
   * @param magnitude Σ|x|
   */
  static double ofSum(double count, double magnitude) {
    return SLACK * (count + 1) * UNIT * magnitude;
  }

  /** Whether two results agree within a bound. */
  static boolean within(double a, double b, double bound) {
    if (a == b || (Double.isNaN(a) && Double.isNaN(b))) {
      return true;
    }
    if (!(bound < LARGE)) {
      // Overflow, or infinite values: what comes out depends on the order.
      return true;
    }
    return Math.abs(a - b) <= bound + Double.MIN_NORMAL;
  }

  /** Number, mean and deviation of the values of one side: what {@code m2} and its like come of. */
  record Spread(double count, double meanError, double deviation) {
    static Spread of(double count, double mean, double m2) {
      // Squares of less than about 1e-154 vanish.
      double s = Math.sqrt(Math.max(0, m2) + count * Double.MIN_NORMAL);
      double d = count * UNIT * (Math.abs(mean) + s);
      return new Spread(count, d, s + Math.sqrt(count) * d);
    }

    static Spread of(InternalRow row, int count, int mean, int m2) {
      return of(row.getDouble(count), row.getDouble(mean), row.getDouble(m2));
    }

    Spread max(Spread other) {
      return new Spread(
          Math.max(count, other.count),
          Math.max(meanError, other.meanError),
          Math.max(deviation, other.deviation));
    }

    double ofMean() {
      return SLACK * meanError;
    }

    double ofMoment(int order) {
      return SLACK
          * (order * Math.sqrt(count) * meanError * Math.pow(deviation, order - 1)
              + count * UNIT * Math.pow(deviation, order));
    }

    double ofProduct(Spread other) {
      return SLACK
          * (Math.sqrt(count) * (meanError * other.deviation + other.meanError * deviation)
              + count * UNIT * deviation * other.deviation);
    }
  }
}

package io.millrace.view.internal.stable;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;

/**
 * The arithmetic of {@link WideSum}: totals as {@code carry · 10^38 + sum}, {@code 0 ≤ sum <
 * 10^38}, in units of the last digit. Public as generated code calls it. Stateless.
 */
public final class WideTotals {
  private static final BigInteger MODULUS = BigInteger.TEN.pow(DecimalType.MAX_PRECISION());

  private WideTotals() {}

  /** The sum part of {@code sum + value}. */
  public static Decimal sum(Decimal sum, Decimal value) {
    return decimal(added(sum, value).mod(MODULUS), sum.scale());
  }

  /** As above, for a number or an interval of microseconds. */
  public static Decimal sum(Decimal sum, long value) {
    return decimal(added(sum, value).mod(MODULUS), sum.scale());
  }

  /** As above, for an interval of months. */
  public static Decimal sum(Decimal sum, int value) {
    return sum(sum, (long) value);
  }

  /** What {@code sum + value} adds to the carry. */
  public static long carry(Decimal sum, Decimal value) {
    return carry(added(sum, value));
  }

  /** As above, for a number or an interval of microseconds. */
  public static long carry(Decimal sum, long value) {
    return carry(added(sum, value));
  }

  /** As above, for an interval of months. */
  public static long carry(Decimal sum, int value) {
    return carry(sum, (long) value);
  }

  /** The total as a decimal; null if it has more digits than one can have. */
  public static Decimal decimal(Decimal sum, long carry) {
    if (carry == 0) {
      return sum;
    }
    BigInteger total = total(sum, carry);
    return total == null ? null : decimal(total, sum.scale());
  }

  /** The total as a number, or as microseconds; null if it does not fit. */
  public static Long units(Decimal sum, long carry) {
    BigInteger total = total(sum, carry);
    return total == null || total.bitLength() >= Long.SIZE ? null : (Long) total.longValue();
  }

  /** The total as months; null if it does not fit. */
  public static Integer months(Decimal sum, long carry) {
    BigInteger total = total(sum, carry);
    return total == null || total.bitLength() >= Integer.SIZE ? null : (Integer) total.intValue();
  }

  private static BigInteger added(Decimal sum, Decimal value) {
    BigDecimal exact = value.toJavaBigDecimal();
    BigInteger units =
        exact.scale() == sum.scale()
            ? exact.unscaledValue()
            : exact.setScale(sum.scale(), RoundingMode.HALF_UP).unscaledValue();
    return sum.toJavaBigDecimal().unscaledValue().add(units);
  }

  private static BigInteger added(Decimal sum, long value) {
    return sum.toJavaBigDecimal().unscaledValue().add(BigInteger.valueOf(value));
  }

  private static long carry(BigInteger added) {
    return added.signum() < 0 ? -1 : added.compareTo(MODULUS) >= 0 ? 1 : 0;
  }

  /** Null outside of (−10^38, 10^38). */
  private static BigInteger total(Decimal sum, long carry) {
    BigInteger units = sum.toJavaBigDecimal().unscaledValue();
    if (carry == 0) {
      return units;
    }
    return carry == -1 && units.signum() > 0 ? units.subtract(MODULUS) : null;
  }

  private static Decimal decimal(BigInteger units, int scale) {
    return Decimal.apply(new BigDecimal(units, scale), DecimalType.MAX_PRECISION(), scale);
  }
}

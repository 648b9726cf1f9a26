package io.millrace.launcher.produce;

import io.millrace.launcher.produce.row.BadRowException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/**
 * Makes numbers of Avro schemas out of texts. What a type cannot hold is refused; only {@code
 * float} and {@code double} take the nearest value there is. Stateless.
 */
final class Numbers {
  /** Digits, and places of an exponent: beyond any type, and arithmetic with more never ends. */
  private static final int LONGEST = 1_200;

  private Numbers() {}

  /**
   * The number that a text is, with all its digits.
   *
   * @param expected for the message
   */
  static BigDecimal of(String text, String expected) throws BadRowException {
    String digits = text.strip();
    try {
      if (digits.length() <= LONGEST) {
        BigDecimal number = new BigDecimal(digits);
        if (Math.abs((long) number.scale()) <= LONGEST) {
          return number;
        }
      }
    } catch (NumberFormatException e) {
      throw new BadRowException("found '" + AvroValues.shortened(text) + "', expected " + expected);
    }
    throw new BadRowException(
        "found a number of more than " + LONGEST + " places, expected " + expected);
  }

  /**
   * @param text a number, or for floating-point types a word for what is none or infinite
   */
  static Object ofText(Schema schema, String text) throws BadRowException {
    boolean isFloat = schema.getType() == Schema.Type.FLOAT;
    if (isFloat || schema.getType() == Schema.Type.DOUBLE) {
      double number = floating(schema, text);
      return isFloat ? (Object) (float) number : (Object) number;
    }
    return of(schema, of(text, AvroValues.describe(schema)));
  }

  /** A number that has been computed, or whose text does not matter. */
  static Object of(Schema schema, BigDecimal number) throws BadRowException {
    try {
      return switch (schema.getType()) {
        case INT -> number.intValueExact();
        case LONG -> number.longValueExact();
        case FLOAT, DOUBLE -> ofText(schema, number.toString());
        case BYTES, FIXED -> decimal(schema, number);
        default -> throw AvroValues.mismatch(schema, number);
      };
    } catch (ArithmeticException e) {
      throw AvroValues.mismatch(schema, number.toPlainString());
    }
  }

  /** Whether what {@link #of} has made is the number itself, not the nearest there was. */
  static boolean exact(Object made, String text) throws BadRowException {
    if (!(made instanceof Double) && !(made instanceof Float)) {
      return true;
    }
    return isWord(text) || new BigDecimal(made.toString()).compareTo(of(text, "a number")) == 0;
  }

  /** Whether a text can be a number that is none, or infinite. */
  static boolean isWord(String text) {
    return !Double.isFinite(word(text));
  }

  /** Zero for any other text. */
  private static double word(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "nan" -> Double.NaN;
      case "infinity", "+infinity", "inf", "+inf" -> Double.POSITIVE_INFINITY;
      case "-infinity", "-inf" -> Double.NEGATIVE_INFINITY;
      default -> 0;
    };
  }

  private static double floating(Schema schema, String text) throws BadRowException {
    if (isWord(text)) {
      return word(text);
    }
    BigDecimal exact = of(text, AvroValues.describe(schema));
    // The text, not the number: that knows no negative zero.
    boolean isFloat = schema.getType() == Schema.Type.FLOAT;
    double number = isFloat ? Float.parseFloat(text.strip()) : Double.parseDouble(text.strip());
    if (Double.isInfinite(number) || number == 0 && exact.signum() != 0) {
      throw AvroValues.mismatch(schema, text);
    }
    return number;
  }

  private static Object decimal(Schema schema, BigDecimal number) throws BadRowException {
    if (!(schema.getLogicalType() instanceof LogicalTypes.Decimal type)) {
      throw AvroValues.mismatch(schema, number);
    }
    BigDecimal scaled;
    try {
      scaled = number.setScale(type.getScale(), RoundingMode.UNNECESSARY);
    } catch (ArithmeticException e) {
      throw AvroValues.mismatch(schema, number.toPlainString());
    }
    if (scaled.precision() > type.getPrecision()) {
      throw AvroValues.mismatch(schema, number.toPlainString());
    }
    byte[] unscaled = scaled.unscaledValue().toByteArray();
    if (schema.getType() == Schema.Type.BYTES) {
      return ByteBuffer.wrap(unscaled);
    }
    byte[] fixed = new byte[schema.getFixedSize()];
    Arrays.fill(fixed, (byte) (scaled.signum() < 0 ? -1 : 0));
    System.arraycopy(unscaled, 0, fixed, fixed.length - unscaled.length, unscaled.length);
    return new GenericData.Fixed(schema, fixed);
  }
}

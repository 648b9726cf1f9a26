package io.millrace.view.internal.avro.read;

import io.millrace.view.RejectedRecordException;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.spark.sql.types.Decimal;

/** Reads a decimal written as big-endian two's complement, in bytes or a fixed. */
final class DecimalReader extends ValueReader {
  private final int fixedSize;
  private final int precision;
  private final int scale;
  private final int scaleUp;

  /**
   * @param fixedSize size of the fixed, or −1 for bytes
   * @param precision the reader's
   * @param scale the reader's
   * @param scaleUp how many digits the reader's scale has more than the writer's
   */
  DecimalReader(int fixedSize, int precision, int scale, int scaleUp) {
    this.fixedSize = fixedSize;
    this.precision = precision;
    this.scale = scale;
    this.scaleUp = scaleUp;
  }

  @Override
  Object read(AvroInput in) throws RejectedRecordException {
    int length = fixedSize >= 0 ? fixedSize : in.readLength("a decimal");
    if (length == 0) {
      throw in.rejected("no bytes", "a decimal");
    }
    int start = in.take(length, "a decimal");
    Decimal value;
    if (length <= 8 && scaleUp == 0) {
      long unscaled = in.bytes()[start];
      for (int i = start + 1; i < start + length; i++) {
        unscaled = unscaled << 8 | in.bytes()[i] & 0xff;
      }
      value = new Decimal().setOrNull(unscaled, precision, scale);
    } else {
      value = wide(new BigInteger(in.bytes(), start, length));
    }
    if (value == null) {
      throw in.rejected("a decimal of more digits", "DECIMAL(" + precision + "," + scale + ")");
    }
    return value;
  }

  private Decimal wide(BigInteger written) {
    if (written.bitLength() > 127) {
      return null;
    }
    BigInteger unscaled = scaleUp == 0 ? written : written.multiply(BigInteger.TEN.pow(scaleUp));
    if (unscaled.bitLength() < 64) {
      return new Decimal().setOrNull(unscaled.longValue(), precision, scale);
    }
    BigDecimal value = new BigDecimal(unscaled, scale);
    return value.precision() > precision ? null : Decimal.apply(value, precision, scale);
  }
}

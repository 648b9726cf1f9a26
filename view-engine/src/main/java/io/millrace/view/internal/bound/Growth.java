package io.millrace.view.internal.bound;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.ArrayInsert;
import org.apache.spark.sql.catalyst.expressions.ArrayJoin;
import org.apache.spark.sql.catalyst.expressions.ArrayRepeat;
import org.apache.spark.sql.catalyst.expressions.Concat;
import org.apache.spark.sql.catalyst.expressions.ConcatWs;
import org.apache.spark.sql.catalyst.expressions.CreateArray;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.FormatNumber;
import org.apache.spark.sql.catalyst.expressions.FormatString;
import org.apache.spark.sql.catalyst.expressions.Sequence;
import org.apache.spark.sql.catalyst.expressions.StringLPad;
import org.apache.spark.sql.catalyst.expressions.StringRPad;
import org.apache.spark.sql.catalyst.expressions.StringRepeat;
import org.apache.spark.sql.catalyst.expressions.StringReplace;
import org.apache.spark.sql.catalyst.expressions.StringSpace;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.unsafe.types.CalendarInterval;

/** Functions whose value may be much larger than their arguments, and how large it is. */
final class Growth {
  private static final int MANY = 8;

  /** What may be replaced: a letter here and there, not every one by a long text. */
  private static final int REPLACED = 64;

  private static final long DAY_MICROS = 86_400_000_000L;
  private static final int MONTH_DAYS = 28;

  private Growth() {}

  static boolean of(Expression function) {
    return function instanceof StringRepeat
        || function instanceof StringSpace
        || function instanceof StringLPad
        || function instanceof StringRPad
        || pads(function)
        || function instanceof ArrayRepeat
        || function instanceof Sequence
        || function instanceof StringReplace
        || function instanceof FormatString
        || function instanceof FormatNumber
        || function instanceof ArrayInsert
        || function instanceof ArrayJoin
        || function instanceof ConcatWs
        || function.children().size() > MANY
            && (function instanceof Concat || function instanceof CreateArray);
  }

  /** About how many bytes or elements the value has; 0 where nothing is known to grow. */
  static long size(Expression function, List<Object> arguments) {
    if (function instanceof StringReplace) {
      return arguments.contains(null)
          ? 0
          : textSize(arguments.get(0)) * textSize(arguments.get(2)) / REPLACED;
    }
    if (function instanceof StringRepeat) {
      return textSize(arguments.get(0)) * Math.max(0, number(arguments.get(1)));
    }
    if (function instanceof StringSpace) {
      return number(arguments.get(0));
    }
    if (function instanceof Sequence) {
      return arguments.contains(null) ? 0 : elements(function, arguments);
    }
    if (function instanceof FormatString) {
      return formatted(String.valueOf(arguments.get(0)), arguments);
    }
    if (function instanceof ArrayJoin) {
      return joined(arguments.get(1), arguments);
    }
    if (function instanceof ConcatWs) {
      return joined(arguments.get(0), arguments);
    }
    if (function instanceof FormatNumber || function instanceof ArrayInsert) {
      return Math.abs(number(arguments.get(1)));
    }
    return arguments.size() > 1 && arguments.size() <= MANY ? number(arguments.get(1)) : 0;
  }

  private static boolean pads(Expression function) {
    return function instanceof StaticInvoke invoke
        && (invoke.functionName().equals("lpad") || invoke.functionName().equals("rpad"));
  }

  private static long elements(Expression sequence, List<Object> arguments) {
    boolean days =
        ((Sequence) sequence).start().dataType() instanceof DateType && arguments.size() > 2;
    double unit = days ? DAY_MICROS : 1;
    double range = Math.abs((double) number(arguments.get(1)) - number(arguments.get(0))) * unit;
    return (long)
        (range / Math.max(1, arguments.size() > 2 ? step(sequence, arguments.get(2)) : 1));
  }

  private static double step(Expression sequence, Object step) {
    if (step instanceof CalendarInterval interval) {
      return Math.abs(
          ((double) interval.months * MONTH_DAYS + interval.days) * DAY_MICROS
              + interval.microseconds);
    }
    boolean months =
        ((Expression) sequence.children().apply(2)).dataType()
            instanceof org.apache.spark.sql.types.YearMonthIntervalType;
    return Math.abs((double) number(step)) * (months ? (double) MONTH_DAYS * DAY_MICROS : 1);
  }

  /** What stands between elements is written for each. */
  private static long joined(Object separator, List<Object> arguments) {
    long elements = arguments.size();
    for (Object argument : arguments) {
      elements += argument instanceof ArrayData array ? array.numElements() : 0;
    }
    return elements * textSize(separator);
  }

  /** Each {@code %} may be the longest argument, any number of times: {@code %1$s%1$s}. */
  private static long formatted(String format, List<Object> arguments) {
    long longest = 0;
    for (Object argument : arguments.subList(1, arguments.size())) {
      longest = Math.max(longest, textSize(argument));
    }
    long widths = widths(format);
    return widths == Long.MAX_VALUE
        ? widths
        : widths + format.chars().filter(c -> c == '%').count() * longest;
  }

  private static long textSize(Object text) {
    return Sizes.of(text, DataTypes.StringType);
  }

  /** The widths a format asks for: {@code %1000000000d} is short and its text is not. */
  private static long widths(String format) {
    long sum = 0;
    for (String digits : format.split("\\D+")) {
      if (digits.length() > 9) {
        return Long.MAX_VALUE;
      }
      sum += digits.isEmpty() ? 0 : Long.parseLong(digits);
    }
    return sum;
  }

  private static long number(Object value) {
    return value instanceof Number number ? number.longValue() : 0;
  }
}

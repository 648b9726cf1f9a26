package io.millrace.view.internal.bound;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Origins;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.expressions.ArrayDistinct;
import org.apache.spark.sql.catalyst.expressions.ArrayExcept;
import org.apache.spark.sql.catalyst.expressions.ArrayIntersect;
import org.apache.spark.sql.catalyst.expressions.ArrayUnion;
import org.apache.spark.sql.catalyst.expressions.ArraysOverlap;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Contains;
import org.apache.spark.sql.catalyst.expressions.CsvToStructs;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.FindInSet;
import org.apache.spark.sql.catalyst.expressions.JsonToStructs;
import org.apache.spark.sql.catalyst.expressions.Levenshtein;
import org.apache.spark.sql.catalyst.expressions.RoundBase;
import org.apache.spark.sql.catalyst.expressions.StringInstr;
import org.apache.spark.sql.catalyst.expressions.StringLocate;
import org.apache.spark.sql.catalyst.expressions.StringReplace;
import org.apache.spark.sql.catalyst.expressions.SubstringIndex;
import org.apache.spark.sql.catalyst.expressions.XmlToStructs;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Functions that take many more steps than their arguments are long, and never look at the clock.
 */
final class Work {
  /** About a second. */
  private static final long MOST = 1L << 28;

  /** How many bytes a search compares in one step. */
  private static final int WORD = 8;

  /** Steps to compare two elements that are arrays or structs. */
  private static final int DEEP = 8;

  /** Digits: more than any type holds, fewer than are felt. */
  private static final int DIGITS = 4_096;

  /** A number that is short and whose digits are many. */
  private static final Pattern LONG_EXPONENT = Pattern.compile("[eE][+-]?[0-9]{5}");

  private Work() {}

  static boolean of(Expression function) {
    return function instanceof Levenshtein
        || function instanceof RoundBase
        || isSearch(function)
        || isSet(function)
        || readsDecimals(function);
  }

  private static boolean isSearch(Expression function) {
    return function instanceof Contains
        || function instanceof StringInstr
        || function instanceof StringLocate
        || function instanceof StringReplace
        || function instanceof SubstringIndex
        || function instanceof FindInSet;
  }

  /** Sets of what has no hash are searched element by element. */
  private static boolean isSet(Expression function) {
    return (function instanceof ArrayDistinct
            || function instanceof ArrayUnion
            || function instanceof ArrayIntersect
            || function instanceof ArrayExcept
            || function instanceof ArraysOverlap)
        && ((Expression) function.children().head()).dataType() instanceof ArrayType array
        && (Sizes.vary(array.elementType())
                && !(array.elementType() instanceof StringType text
                    && text.supportsBinaryEquality())
            || array.elementType() instanceof BinaryType);
  }

  private static boolean readsDecimals(Expression function) {
    return function instanceof Cast cast
            && cast.child().dataType() instanceof StringType
            && cast.dataType() instanceof DecimalType
        || function instanceof JsonToStructs
        || function instanceof CsvToStructs
        || function instanceof XmlToStructs;
  }

  /**
   * @throws MillraceException {@code QUERY_LIMIT} if it would take too many steps
   */
  static void check(Expression function, List<Object> arguments) {
    if (of(function) && !arguments.contains(null) && steps(function, arguments) > MOST) {
      throw new MillraceException(
          ErrorCode.QUERY_LIMIT,
          "cannot answer: %sfound %s of values that take more than %d steps, expected shorter ones; ask for less of them"
              .formatted(
                  Origins.place(function.origin()),
                  Origins.text(function, "`" + function.prettyName() + "`"),
                  MOST));
    }
  }

  private static long steps(Expression function, List<Object> arguments) {
    if (function instanceof RoundBase) {
      return arguments.get(1) instanceof Number scale && Math.abs(scale.longValue()) > DIGITS
          ? Long.MAX_VALUE
          : 0;
    }
    if (readsDecimals(function)) {
      return arguments.get(0) instanceof UTF8String text
              && LONG_EXPONENT.matcher(text.toString()).find()
          ? Long.MAX_VALUE
          : 0;
    }
    long first = size(function, arguments, 0);
    if (function instanceof ArrayDistinct) {
      return first * first * DEEP;
    }
    long product = first * size(function, arguments, 1);
    if (function instanceof Levenshtein) {
      return product;
    }
    return isSet(function) ? (product + first * first) * DEEP : product / WORD;
  }

  private static long size(Expression function, List<Object> arguments, int i) {
    DataType type = ((Expression) function.children().apply(i)).dataType();
    return Sizes.of(arguments.get(i), type);
  }
}

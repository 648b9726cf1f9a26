package io.millrace.view.internal.bound;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.internal.tree.Scala;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Like;
import org.apache.spark.sql.catalyst.expressions.RLike;
import org.apache.spark.sql.catalyst.expressions.RegExpReplace;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.catalyst.util.CollationSupport;
import org.apache.spark.sql.catalyst.util.StringUtils;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * LIKE, RLIKE, {@code regexp_extract} and {@code regexp_replace} as Spark evaluates them, over a
 * text that looks at the clock. Not thread-safe.
 */
final class TimedSearch extends Expression {
  private static final long serialVersionUID = 1L;

  private final Expression search;
  private transient String compiled;
  private transient Pattern pattern;

  TimedSearch(Expression search) {
    this.search = search;
  }

  @Override
  public Object eval(InternalRow row) {
    Object[] arguments = new Object[search.children().size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = ((Expression) search.children().apply(i)).eval(row);
      if (arguments[i] == null) {
        return null;
      }
    }
    String text = arguments[0].toString();
    Matcher matcher = pattern(arguments[1].toString()).matcher(new TimedText(text));
    if (search instanceof Like) {
      return matcher.matches();
    }
    if (search instanceof RLike) {
      return matcher.find();
    }
    return search instanceof RegExpReplace
        ? replaced((UTF8String) arguments[0], matcher, arguments[2].toString(), (int) arguments[3])
        : extracted(matcher, (int) arguments[2]);
  }

  private Pattern pattern(String written) {
    if (!written.equals(compiled)) {
      pattern =
          Pattern.compile(
              search instanceof Like like
                  ? StringUtils.escapeLikeRegex(written, like.escapeChar())
                  : written,
              flags());
      compiled = written;
    }
    return pattern;
  }

  /** A text that is compared without its case is searched so. */
  private int flags() {
    return ((Expression) search.children().head()).dataType() instanceof StringType text
        ? CollationSupport.collationAwareRegexFlags(text.collationId())
        : 0;
  }

  private static UTF8String extracted(Matcher matcher, int group) {
    if (!matcher.find()) {
      return UTF8String.EMPTY_UTF8;
    }
    if (group < 0 || group > matcher.groupCount()) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot answer: found group %d of a pattern, expected 0 to %d; correct the last argument of regexp_extract"
              .formatted(group, matcher.groupCount()));
    }
    String found = matcher.group(group);
    return found == null ? UTF8String.EMPTY_UTF8 : UTF8String.fromString(found);
  }

  private static UTF8String replaced(
      UTF8String text, Matcher matcher, String replacement, int position) {
    int from = position - 1;
    int length = text.toString().length();
    if (from != 0 && from >= length) {
      return text;
    }
    matcher.region(from, length);
    if (!matcher.find()) {
      return text;
    }
    StringBuilder result = new StringBuilder();
    long groups = replacement.chars().filter(c -> c == '$').count();
    do {
      // Each $ may be all that was found.
      Sizes.check(result.length() + groups * (matcher.end() - matcher.start()));
      append(matcher, result, replacement);
    } while (matcher.find());
    matcher.appendTail(result);
    return UTF8String.fromString(result.toString());
  }

  private static void append(Matcher matcher, StringBuilder result, String replacement) {
    try {
      matcher.appendReplacement(result, replacement);
    } catch (IndexOutOfBoundsException e) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot answer: found replacement '%s' (%s), expected groups $0 to $%d; correct it, or write \\\\$ for a plain $"
              .formatted(replacement, e.getMessage(), matcher.groupCount()),
          e);
    }
  }

  @Override
  public DataType dataType() {
    return search.dataType();
  }

  @Override
  public boolean nullable() {
    return search.nullable();
  }

  @Override
  public boolean foldable() {
    return search.foldable();
  }

  @Override
  public Seq<Expression> children() {
    return search.children();
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new TimedSearch(Scala.withChildren(search, children));
  }

  /** The search as Spark has it, for who looks for a range in it. */
  Expression search() {
    return search;
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    throw new IllegalStateException("questions are evaluated without generated code");
  }

  @Override
  public String sql() {
    return search.sql();
  }

  @Override
  public String toString() {
    return search.toString();
  }

  @Override
  public Object productElement(int n) {
    return search;
  }

  @Override
  public int productArity() {
    return 1;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof TimedSearch;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TimedSearch that && search.equals(that.search);
  }

  @Override
  public int hashCode() {
    return 31 * search.hashCode() + 13;
  }
}

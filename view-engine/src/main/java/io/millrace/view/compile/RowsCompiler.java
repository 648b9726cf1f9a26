package io.millrace.view.compile;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.view.CompiledView.Column;
import io.millrace.view.KeyCondition;
import io.millrace.view.internal.query.QueryText;
import io.millrace.view.internal.tree.Scala;
import io.millrace.view.query.RowsText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.analysis.UnresolvedStar;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Descending$;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.EvalMode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GreaterThan;
import org.apache.spark.sql.catalyst.expressions.GreaterThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.LessThan;
import org.apache.spark.sql.catalyst.expressions.LessThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NullsFirst$;
import org.apache.spark.sql.catalyst.expressions.NullsLast$;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.parser.CatalystSqlParser;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Offset;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import scala.Option;

/** Puts the parts of a {@link RowsText} together as a plan, not as a text. Stateless. */
final class RowsCompiler {
  private static final Pattern DIRECTION =
      Pattern.compile("(?is)(.*?\\S)(?:\\s+(ASC|DESC))?(?:\\s+NULLS\\s+(FIRST|LAST))?\\s*");

  private RowsCompiler() {}

  /**
   * @param columns of the version that answers
   */
  static QueryText compile(RowsText rows, List<Column> columns) {
    LogicalPlan plan =
        new UnresolvedRelation(
            Scala.seq(List.of(rows.view())), CaseInsensitiveStringMap.empty(), false);
    Optional<Expression> where = rows.where().map(text -> plain("$where", text));
    List<Expression> conditions = new ArrayList<>();
    rows.conditions().forEach(condition -> conditions.add(condition(condition, columns)));
    where.ifPresent(conditions::add);
    if (!conditions.isEmpty()) {
      plan = new Filter(conditions.stream().reduce(And::new).orElseThrow(), plan);
    }
    if (rows.orderBy().isPresent()) {
      List<SortOrder> orders =
          split(rows.orderBy().get()).stream().map(RowsCompiler::order).toList();
      plan = new Sort(Scala.seq(orders), true, plan, Option.empty());
    }
    plan = new Project(Scala.seq(selected(rows.columns())), plan);
    if (rows.offset() > 0) {
      plan =
          new Offset(Literal.create(Math.toIntExact(rows.offset()), DataTypes.IntegerType), plan);
    }
    return QueryText.of(plan, false, Optional.of(rows.asked()));
  }

  /** A value is cast to the column's type, as it is in a key. */
  private static Expression condition(KeyCondition condition, List<Column> columns) {
    List<String> path = new ArrayList<>(List.of(condition.column()));
    path.addAll(condition.fields());
    Expression column = new UnresolvedAttribute(Scala.seq(path));
    if (condition.literal() == null) {
      return new IsNull(column);
    }
    DataType type =
        columns.stream()
            .filter(each -> each.name().equals(condition.column()))
            .map(each -> new CatalystSqlParser().parseDataType(each.type()))
            .findFirst()
            .orElseThrow();
    for (String field : condition.fields()) {
      type = field((StructType) type, field);
    }
    Expression value =
        new Cast(
            Literal.create(condition.literal(), DataTypes.StringType),
            type,
            Option.apply("UTC"),
            EvalMode.LEGACY());
    return switch (condition.operator()) {
      case EQ -> new EqualTo(column, value);
      case LT -> new LessThan(column, value);
      case LTE -> new LessThanOrEqual(column, value);
      case GT -> new GreaterThan(column, value);
      case GTE -> new GreaterThanOrEqual(column, value);
    };
  }

  private static DataType field(StructType struct, String name) {
    for (var field : struct.fields()) {
      if (field.name().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
        return field.dataType();
      }
    }
    throw new IllegalStateException("a condition that was checked names no field: " + name);
  }

  private static SortOrder order(String text) {
    Matcher parts = DIRECTION.matcher(text);
    if (!parts.matches()) {
      throw bad("$order_by", "nothing before or behind a comma", "an expression", "correct it");
    }
    boolean descending = "DESC".equalsIgnoreCase(parts.group(2));
    String nulls = Optional.ofNullable(parts.group(3)).orElse(descending ? "LAST" : "FIRST");
    return new SortOrder(
        plain("$order_by", parts.group(1)),
        descending ? Descending$.MODULE$ : Ascending$.MODULE$,
        nulls.equalsIgnoreCase("LAST") ? NullsLast$.MODULE$ : NullsFirst$.MODULE$,
        Scala.seq(List.of()));
  }

  private static List<NamedExpression> selected(Optional<String> columns) {
    if (columns.isEmpty()) {
      return List.of(new UnresolvedStar(Option.empty()));
    }
    List<NamedExpression> selected = new ArrayList<>();
    for (String name : split(columns.get())) {
      if (plain("$columns", name) instanceof UnresolvedAttribute attribute) {
        selected.add(attribute);
      } else {
        throw bad(
            "$columns",
            "'" + name.strip() + "'",
            "names of columns with commas between",
            "ask for what is computed by /v1/sql");
      }
    }
    return selected;
  }

  private static Expression plain(String parameter, String text) {
    Expression expression = parsed(parameter, text);
    if (expression instanceof Alias) {
      throw bad(parameter, "a name given by AS", "an expression alone", "leave it out");
    }
    return expression;
  }

  private static Expression parsed(String parameter, String text) {
    try {
      return QueryText.expression(text);
    } catch (MillraceException e) {
      throw new MillraceException(
          e.code(),
          e.getMessage()
              .replaceFirst(
                  "^cannot answer: ",
                  "cannot answer: " + Matcher.quoteReplacement(parameter) + ": ")
              .replaceFirst("; correct the SELECT$", "; correct it"),
          e);
    }
  }

  /**
   * The parts between commas that are in no parentheses and no quotes. What stood before a part is
   * space in it, so that places in it are places in the whole.
   */
  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        if (c == '\\' && quote != '`') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '\'' || c == '"' || c == '`') {
        quote = c;
      } else if (c == '(' || c == '[') {
        depth++;
      } else if (c == ')' || c == ']') {
        depth--;
      } else if (c == ',' && depth == 0) {
        parts.add(part(text, start, i));
        start = i + 1;
      }
    }
    parts.add(part(text, start, text.length()));
    return parts;
  }

  private static String part(String text, int start, int end) {
    return text.substring(0, start).replaceAll("[^\n\r]", " ") + text.substring(start, end);
  }

  private static MillraceException bad(
      String parameter, String found, String expected, String instead) {
    return new MillraceException(
        ErrorCode.BAD_REQUEST,
        "cannot answer: %s: found %s, expected %s; %s"
            .formatted(parameter, found, expected, instead));
  }
}

package io.millrace.view.internal.shape;

import io.millrace.control.model.SourceDefinition;
import io.millrace.view.internal.key.KeyCodec;
import io.millrace.view.internal.plan.ViewPlan;
import io.millrace.view.internal.state.StateCodec;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.spark.package$;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedLambdaVariable;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.types.DataType;
import scala.Option;
import scala.Product;
import scala.collection.Iterable;
import scala.collection.Iterator;

/**
 * Names a view's meaning and the layout of its states: two definitions with the same version have
 * states that can be merged. What does not survive parsing (comments, white space, the case of
 * keywords) does not count.
 */
public final class ViewVersion {
  private static final int BYTES = 8;

  private final StringBuilder text = new StringBuilder();
  private final Map<ExprId, Integer> ids = new HashMap<>();

  private ViewVersion() {}

  /**
   * 16 hex digits.
   *
   * @param generation states of two generations are not to be merged, though they could be
   */
  public static String of(ViewPlan plan, SourceDefinition source, int generation) {
    ViewVersion version = new ViewVersion();
    version.line("state", StateCodec.VERSION);
    version.line("key", KeyCodec.VERSION);
    version.line("spark", package$.MODULE$.SPARK_VERSION());
    version.line("source", source.name() + "/" + source.version());
    version.line("rows", plan.source().schema().json());
    version.line("input", plan.input());
    plan.grouping().forEach(expression -> version.line("group", expression));
    plan.aggregates().forEach(version::aggregate);
    plan.results().forEach(expression -> version.line("result", expression));
    plan.having().forEach(expression -> version.line("having", expression));
    if (generation > 0) {
      version.line("generation", generation);
    }
    return version.digest();
  }

  /** All that decides the layout of a view's states, beside the types of their columns. */
  public static String layout(ViewPlan plan) {
    StringBuilder text = new StringBuilder(package$.MODULE$.SPARK_VERSION());
    for (AggregateExpression aggregate : plan.aggregates()) {
      text.append('\n')
          .append(aggregate.aggregateFunction().prettyName())
          .append(' ')
          .append(aggregate.aggregateFunction().aggBufferSchema().json());
    }
    return text.toString();
  }

  private void aggregate(AggregateExpression aggregate) {
    line("aggregate", aggregate.aggregateFunction());
    line("filter", aggregate.filter());
    line("buffer", aggregate.aggregateFunction().aggBufferSchema().json());
    id(aggregate.resultId());
  }

  private void line(String what, Object value) {
    text.append(what).append(' ');
    describe(value);
    text.append('\n');
  }

  /**
   * Ids are numbered in the order they are met, as Spark's differ from one analysis to the next.
   */
  private void id(ExprId id) {
    text.append('#').append(ids.computeIfAbsent(id, any -> ids.size()));
  }

  private void describe(Object value) {
    if (value instanceof LocalRelation relation) {
      describe(relation.output());
    } else if (value instanceof Attribute attribute) {
      id(attribute.exprId());
    } else if (value instanceof NamedLambdaVariable variable) {
      id(variable.exprId());
    } else if (value instanceof Alias alias) {
      describe(alias.child());
      quoted(alias.name());
      id(alias.exprId());
    } else if (value instanceof Literal literal) {
      text.append(literal.dataType().json());
      quoted(literal.value() == null ? "NULL" : literal.sql());
    } else if (value instanceof DataType type) {
      text.append(type.json());
    } else if (value instanceof ExprId id) {
      id(id);
    } else if (value instanceof Option<?> option) {
      describe(option.iterator(), "option");
    } else if (value instanceof Iterable<?> elements) {
      describe(elements.iterator(), "seq");
    } else if (value instanceof Product product) {
      describe(product.productIterator(), value.getClass().getName());
    } else {
      quoted(plain(value));
    }
  }

  private void describe(Iterator<?> parts, String name) {
    text.append(name).append('(');
    while (parts.hasNext()) {
      describe(parts.next());
      text.append(',');
    }
    text.append(')');
  }

  private void quoted(String value) {
    text.append(value.length()).append('\'').append(value).append('\'');
  }

  /** Text of a plain value; only the class where the text is {@code Object}'s own. */
  private static String plain(Object value) {
    String string = String.valueOf(value);
    boolean identity =
        value != null
            && string.equals(
                value.getClass().getName()
                    + "@"
                    + Integer.toHexString(System.identityHashCode(value)));
    return identity ? value.getClass().getName() : string;
  }

  private String digest() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

package io.millrace.view.spark;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;

/**
 * The aggregation of an analysed view, apart from its input.
 *
 * @param keys the grouping expressions
 * @param aggregates each distinct aggregate once
 * @param results the view's columns over attributes of {@code keys} and result attributes of {@code
 *     aggregates}
 * @param having the HAVING condition over the same attributes
 */
record ViewParts(
    List<NamedExpression> keys,
    List<AggregateExpression> aggregates,
    List<NamedExpression> results,
    Optional<Expression> having) {}

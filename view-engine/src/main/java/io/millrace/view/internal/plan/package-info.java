/**
 * The shaped plan of a view: source, input, grouping, aggregates, finish. Data, no rules. Uses
 * {@code tree}.
 */
package io.millrace.view.internal.plan;

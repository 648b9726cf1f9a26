/**
 * A question's SQL to steps: parsed, checked, analysed with the views as relations, planned. Uses
 * {@code analyze}, {@code shape}, {@code plan}, {@code key}, {@code program}, {@code operate} and
 * {@code tree}.
 */
package io.millrace.view.internal.query;

/**
 * A question's SQL: parsed, checked, analysed with its relations, its expressions made evaluable.
 * Uses {@code analyze}, {@code shape}, {@code bound}, {@code plan}, {@code key}, {@code lookup} and
 * {@code tree}.
 */
package io.millrace.view.internal.query;

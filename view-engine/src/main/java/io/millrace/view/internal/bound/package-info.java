/**
 * Expressions that keep a question within its limits whatever it says: values that may grow are
 * measured, searches by a pattern look at the clock. Uses {@code operate}'s budget and {@code
 * tree}.
 */
package io.millrace.view.internal.bound;

/**
 * Expressions that keep a question within its limits whatever it says: values that may grow are
 * measured, functions that take many steps count them, searches by a pattern and loops look at the
 * clock. Uses {@code operate}'s budget and {@code tree}.
 */
package io.millrace.view.internal.bound;

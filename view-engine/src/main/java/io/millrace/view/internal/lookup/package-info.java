/**
 * Lookup tables over Catalyst: their columns, a file's values as rows in Spark's format, and the
 * scan of these. Uses {@code analyze}, {@code key}, {@code operate} and {@code stable}.
 */
package io.millrace.view.internal.lookup;

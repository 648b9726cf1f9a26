/**
 * What makes a view's value depend on its records alone: expressions of Spark that ask the day of
 * computing or the order of merging are replaced or found here. Uses {@code tree}.
 */
package io.millrace.view.internal.stable;

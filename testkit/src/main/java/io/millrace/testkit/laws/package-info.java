/**
 * The laws of a view, as a kit. {@link io.millrace.testkit.laws.ViewLaws} takes any view and any
 * rows and checks that programs, states made by Spark, and plain Spark SQL agree, however the rows
 * are split and the states are merged.
 */
package io.millrace.testkit.laws;

/**
 * How the views are, said once ({@link io.millrace.serving.report.ViewReport}) and rendered for the
 * status topic, the metrics and readiness. May use {@code view} and what is below it, and {@code
 * query} to count it.
 */
package io.millrace.serving.report;

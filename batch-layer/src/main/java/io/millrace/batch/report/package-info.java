/**
 * What the process says of itself, as status and as metrics. Uses {@code archive}, {@code run} and
 * {@code schedule}.
 */
package io.millrace.batch.report;

/**
 * Answers computed again from scratch by plain Spark SQL, and compared. Uses {@code topic} and
 * {@code table}.
 */
package io.millrace.batch.verify;

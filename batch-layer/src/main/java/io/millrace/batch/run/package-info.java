/**
 * Runs of views: which are due at once, at which boundary, how they are carried out and announced.
 * Uses {@code topic} and {@code table}.
 */
package io.millrace.batch.run;

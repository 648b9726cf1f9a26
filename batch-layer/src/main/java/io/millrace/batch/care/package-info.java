/**
 * What is cleared away: small files, snapshots, old runs, retired versions. Uses {@code run} and
 * {@code table}.
 */
package io.millrace.batch.care;

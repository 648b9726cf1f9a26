/**
 * What is cleared away: small files, snapshots, old runs, retired versions. Uses {@code run},
 * {@code table} and {@code topic}.
 */
package io.millrace.batch.care;

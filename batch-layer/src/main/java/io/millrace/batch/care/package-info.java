/** What is cleared away: small files, snapshots, old runs, retired versions. Uses {@code run}. */
package io.millrace.batch.care;

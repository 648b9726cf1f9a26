/** When views are due: cron expressions and the queue of what is due. Uses {@code control}. */
package io.millrace.batch.schedule;

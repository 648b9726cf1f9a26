/**
 * The batch layer: its mains, the long-lived driver, and the job that runs once. On top of every
 * other package here, and used by none.
 */
package io.millrace.batch;

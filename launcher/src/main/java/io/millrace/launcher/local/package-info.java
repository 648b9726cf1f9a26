/**
 * The system on one machine: a process for the broker and one per layer, started and supervised.
 */
package io.millrace.launcher.local;

/**
 * The system on one machine: a process for the broker and one per layer, started and supervised.
 * Uses {@code local.process} and {@code local.start}.
 */
package io.millrace.launcher.local;

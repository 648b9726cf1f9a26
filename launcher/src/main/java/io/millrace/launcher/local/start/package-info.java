/** Whether a system that starts still moves, and what it waits for. Uses {@code local.process}. */
package io.millrace.launcher.local.start;

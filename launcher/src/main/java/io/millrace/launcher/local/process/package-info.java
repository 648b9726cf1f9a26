/**
 * Processes of this machine: how a JVM is started, what is known of each, where the system keeps
 * what it has. Uses nothing else of {@code local}.
 */
package io.millrace.launcher.local.process;

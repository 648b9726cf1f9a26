/**
 * Questions in SQL at a terminal, one after the other. Uses {@code client}, {@code output} and
 * {@code console}; nothing else here knows JLine.
 */
package io.millrace.launcher.shell;

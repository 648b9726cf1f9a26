/** The terminal: tables, progress, texts, Ctrl-C, exit codes. Uses nothing of the other rooms. */
package io.millrace.launcher.console;

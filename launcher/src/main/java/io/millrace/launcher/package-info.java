/** The {@code millrace} command: its main class. The one room that knows every command. */
package io.millrace.launcher;

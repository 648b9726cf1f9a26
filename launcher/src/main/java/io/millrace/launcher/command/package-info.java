/**
 * The commands, a class each, but for the demo. Uses {@code client}, {@code console}, {@code
 * local}, {@code produce}.
 */
package io.millrace.launcher.command;

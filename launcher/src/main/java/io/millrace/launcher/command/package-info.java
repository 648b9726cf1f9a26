/**
 * The commands, a class each, but for the demo. Uses {@code client}, {@code console}, {@code
 * local}, {@code output}, {@code produce}, {@code shell}.
 *
 * <p>Many classes: there are fifteen commands, and a few write what two of them show.
 */
package io.millrace.launcher.command;

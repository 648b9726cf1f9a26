/**
 * One immutable configuration, read from a file, variables and the command line; every problem of
 * it reported at once. Uses {@code model} and {@code error}.
 */
package io.millrace.control.config;

/**
 * Where answers go: their forms, files, standard output. Uses {@code client} and {@code console}.
 */
package io.millrace.launcher.output;

/**
 * Rows of files mapped to Avro and sent to a source's topic, with what became of each. Uses {@code
 * produce.row} and {@code console}.
 */
package io.millrace.launcher.produce;

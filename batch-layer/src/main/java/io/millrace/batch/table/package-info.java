/**
 * What Spark writes to the lake's tables and reads of them: schemas, staged files, commits whose
 * outcome is told apart. Uses {@code lake} and the engine.
 */
package io.millrace.batch.table;

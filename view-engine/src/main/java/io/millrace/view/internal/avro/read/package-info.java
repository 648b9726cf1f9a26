/**
 * Avro bytes to Spark rows without objects between: a reader compiled for each pair of schemas.
 * Uses the API alone.
 */
package io.millrace.view.internal.avro.read;

/**
 * Where compiled views and decoders are made: the steps of {@code internal} in their order. Uses
 * the API and {@code internal}.
 */
package io.millrace.view.compile;

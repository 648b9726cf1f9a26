/**
 * The view engine as others see it: compiled views, programs, states, keys, records. No type of
 * Spark or Catalyst is named here. Implemented in {@code internal}, made in {@code compile}.
 */
package io.millrace.view;

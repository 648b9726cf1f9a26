/**
 * Lookup tables as others see them: checked, and their rows made of what a file holds. Names no
 * type of Spark or Catalyst. Implemented in {@code internal.lookup}, made by {@code
 * compile.LookupCompiler}.
 */
package io.millrace.view.lookup;

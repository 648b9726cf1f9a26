package io.millrace.view.lookup;

import io.millrace.control.model.LookupDefinition;

/**
 * A lookup table, checked. Immutable and thread-safe; made by {@link
 * io.millrace.view.compile.LookupCompiler}.
 */
public interface CompiledLookup {
  LookupDefinition definition();

  /** An encoder for one thread. */
  LookupEncoder newEncoder();
}

package io.millrace.control.model;

/** How the value bytes of a source's records name their writer schema. */
public enum ValueFormat {
  /** Avro single-object encoding: {@code C3 01}, an 8-byte CRC-64-AVRO fingerprint, the datum. */
  SINGLE_OBJECT,
  /** Registry wire format: a zero byte, a 4-byte big-endian schema id, the datum. */
  REGISTRY
}

package io.millrace.speed.view;

/**
 * What a view keeps on one partition, as of its last flush.
 *
 * @param groups in all segments together
 * @param bytes of encoded states and keys
 * @param hot groups on heap
 * @param hotBytes about what they take there
 * @param rejected records from its birth on that could not be decoded
 * @param failed records from its birth on that a view expression threw on
 * @param problem what keeps it from going on, or from merging a group; empty if nothing does
 */
public record ViewStatus(
    int segments,
    long groups,
    long bytes,
    int hot,
    long hotBytes,
    long rejected,
    long failed,
    String problem) {}

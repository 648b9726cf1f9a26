package io.millrace.speed.view;

/**
 * What a view keeps on one partition, as of its last flush.
 *
 * @param groups in all segments together
 * @param bytes of encoded states and keys
 * @param hot groups on heap
 * @param rejected records from its birth on that could not be decoded
 * @param failed records from its birth on that a view expression threw on
 */
public record ViewStatus(
    int segments, long groups, long bytes, int hot, long rejected, long failed) {}

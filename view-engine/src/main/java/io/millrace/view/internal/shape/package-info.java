/**
 * An analysed plan to a {@code plan}: rewritten, pruned, split into input, states and finish; its
 * columns and its version. Uses {@code analyze}, {@code plan}, {@code key}, {@code state}.
 */
package io.millrace.view.internal.shape;

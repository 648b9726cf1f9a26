/**
 * Live state as this replica has it: the speed topics, followed into the store. May use {@code
 * store}.
 */
package io.millrace.serving.live;

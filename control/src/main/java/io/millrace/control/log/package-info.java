/**
 * The topics by which processes tell each other things: control, status, requests. Followed,
 * folded, written. Uses {@code kafka} and what that uses.
 */
package io.millrace.control.log;

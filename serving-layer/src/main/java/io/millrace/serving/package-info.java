/**
 * The serving layer: answers every query with batch and live state, merged exactly. Puts the rooms
 * together and starts them as a process; no room may use it.
 */
package io.millrace.serving;

/**
 * The speed layer as a process: follows the control topic and keeps one stream per source. Puts the
 * other packages together; none of them may use it.
 */
package io.millrace.speed;

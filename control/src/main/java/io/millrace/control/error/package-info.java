/** Errors a person can act on, and their stable codes. Uses nothing of Millrace. */
package io.millrace.control.error;

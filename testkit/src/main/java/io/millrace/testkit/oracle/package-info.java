/**
 * The naive interpreter every answer is compared with: events in plain Java objects, a loop, a hash
 * map. It shares no code with what it judges, and is small enough to be checked by eye.
 */
package io.millrace.testkit.oracle;

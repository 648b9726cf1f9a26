/** Files of CSV or JSON lines, mapped to Avro and sent to a source's topic. */
package io.millrace.launcher.produce;

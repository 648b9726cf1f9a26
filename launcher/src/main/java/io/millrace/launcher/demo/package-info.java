/** The shop of {@code examples/shop}: made-up events, and its views watched live. */
package io.millrace.launcher.demo;

package io.millrace.launcher.shell;

import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.ServingClient;
import io.millrace.view.compile.QueryCompiler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What can be completed: views and their columns, asked for again when they are old, and functions.
 * What cannot be asked for is not completed. Thread-safe.
 */
final class KnownNames {
  private static final Duration FRESH = Duration.ofSeconds(30);

  /** Views whose columns are asked for; more are completed by their names alone. */
  private static final int MOST_VIEWS = 100;

  private final Supplier<ServingClient> serving;
  private final LongSupplier nanoTime;
  private final CompletableFuture<List<String>> functions;
  private Map<String, List<String>> views = Map.of();
  private long askedAtNanos;
  private boolean asked;

  KnownNames(Supplier<ServingClient> serving, LongSupplier nanoTime) {
    this.serving = serving;
    this.nanoTime = nanoTime;
    // Spark's classes take a second to load: meanwhile somebody types.
    this.functions = CompletableFuture.supplyAsync(QueryCompiler::functions);
  }

  /** Columns by the name of their view. */
  synchronized Map<String, List<String>> views() {
    long now = nanoTime.getAsLong();
    if (!asked || now - askedAtNanos > FRESH.toNanos()) {
      asked = true;
      try {
        views = ask();
      } catch (MillraceException e) {
        // Whoever asks a question is told.
      }
      askedAtNanos = nanoTime.getAsLong();
    }
    return views;
  }

  private Map<String, List<String>> ask() {
    ServingClient client = serving.get();
    Map<String, List<String>> found = new TreeMap<>();
    for (ServingClient.View view : client.views()) {
      List<String> columns = new ArrayList<>();
      if (found.size() < MOST_VIEWS) {
        try {
          client.describe(view.name()).forEach(column -> columns.add(column.name()));
        } catch (MillraceException e) {
          // It went meanwhile.
        }
      }
      found.put(view.name(), columns);
    }
    return found;
  }

  /** Those of SQL; none until they are known. */
  List<String> functions() {
    return functions.isCompletedExceptionally() ? List.of() : functions.getNow(List.of());
  }
}

package io.millrace.system.chaos;

import io.millrace.system.CheckedView;
import io.millrace.testkit.oracle.Accumulator;
import io.millrace.testkit.oracle.EventLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Supplier;

/** The application under faults: two sources, the views over each, and what they must answer. */
enum Shop {
  SALES("chaos.sales", 3, List.of("by_item", "by_minute")),
  RETURNS("chaos.returns", 2, List.of("returned"));

  final String topic;
  final int partitions;
  final List<String> views;

  Shop(String topic, int partitions, List<String> views) {
    this.topic = topic;
    this.partitions = partitions;
    this.views = views;
  }

  /** The source's name. */
  String source() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Writes the application folder. */
  static Path application(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("sale.avsc"), Sale.SCHEMA.toString());
    Files.writeString(
        directory.resolve("shop.sql"),
        """
        CREATE TABLE sales USING kafka OPTIONS (
          topic 'chaos.sales', schema 'sale.avsc', partitions '3');
        CREATE TABLE returns USING kafka OPTIONS (
          topic 'chaos.returns', schema 'sale.avsc', partitions '2');
        CREATE VIEW by_item AS SELECT shop, item, count(*) AS sales, sum(amount) AS amount,
          max(amount) AS largest FROM sales GROUP BY shop, item;
        CREATE VIEW by_minute AS SELECT shop, window.start AS minute, count(*) AS sales,
          min(amount) AS least, approx_count_distinct(item) AS items
          FROM sales WHERE amount >= 1000 GROUP BY shop, window(at, '10 minutes');
        CREATE VIEW returned AS SELECT shop, count(*) AS sales, sum(amount) AS amount
          FROM returns GROUP BY shop;
        """);
    return directory;
  }

  /** What the view must answer, over the events of {@code log}. */
  static CheckedView<Sale> oracle(String view, EventLog<Sale> log) {
    LinkedHashMap<String, Supplier<Accumulator<Sale>>> columns = new LinkedHashMap<>();
    columns.put("sales", Accumulator.count());
    switch (view) {
      case "by_item" -> {
        columns.put("amount", Accumulator.sumLong(Sale::amount));
        columns.put("largest", Accumulator.max(Sale::amount));
      }
      case "by_minute" -> {
        columns.put("least", Accumulator.min(Sale::amount));
        columns.put("~items", Accumulator.distinct(Sale::item));
      }
      case "returned" -> columns.put("amount", Accumulator.sumLong(Sale::amount));
      default -> throw new IllegalArgumentException("no view " + view);
    }
    return new CheckedView<>(
        view, log, keys(view), sale -> groups(view, sale), columns, row -> true);
  }

  private static List<String> keys(String view) {
    return switch (view) {
      case "by_item" -> List.of("shop", "item");
      case "by_minute" -> List.of("shop", "minute");
      default -> List.of("shop");
    };
  }

  private static List<List<Object>> groups(String view, Sale sale) {
    return switch (view) {
      case "by_item" -> List.of(List.of(sale.shop(), sale.item()));
      case "by_minute" ->
          sale.amount() < 1000 ? List.of() : List.of(List.of(sale.shop(), tenMinutes(sale)));
      default -> List.of(List.of(sale.shop()));
    };
  }

  private static Object tenMinutes(Sale sale) {
    long minute = sale.at().truncatedTo(ChronoUnit.MINUTES).getEpochSecond() / 60;
    return java.time.Instant.ofEpochSecond(minute / 10 * 600);
  }
}

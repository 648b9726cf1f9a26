package io.millrace.system;

import io.millrace.testkit.oracle.Accumulator;
import io.millrace.testkit.oracle.EventLog;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.generic.GenericRecord;

/** The real files, their events in plain Java, and what the views of {@code examples/real} ask. */
final class RealData {
  /** A line of {@code examples/real/retail}. */
  record RetailLine(
      boolean cancelled,
      String stockCode,
      long quantity,
      BigDecimal unitPrice,
      BigDecimal amount,
      Long customer,
      String country,
      Instant at) {
    static RetailLine of(GenericRecord record) {
      return new RetailLine(
          (boolean) record.get("cancelled"),
          record.get("stock_code").toString(),
          (int) record.get("quantity"),
          decimal(record.get("unit_price"), 3),
          decimal(record.get("amount"), 3),
          (Long) record.get("customer_id"),
          record.get("country") == null ? null : record.get("country").toString(),
          Instant.ofEpochMilli((long) record.get("invoiced_at")));
    }
  }

  /** A payment of {@code examples/real/payments}; amounts in cents. */
  record Payment(int customer, int terminal, int cents, boolean fraud, long atMs) {
    static Payment of(GenericRecord record) {
      return new Payment(
          ((Number) record.get("customer_id")).intValue(),
          ((Number) record.get("terminal_id")).intValue(),
          decimal(record.get("amount"), 2).unscaledValue().intValueExact(),
          record.get("fraud") instanceof Boolean b
              ? b
              : ((Number) record.get("fraud")).intValue() != 0,
          (long) record.get("paid_at"));
    }

    BigDecimal amount() {
      return BigDecimal.valueOf(cents, 2);
    }

    Instant at() {
      return Instant.ofEpochMilli(atMs);
    }
  }

  private RealData() {}

  /**
   * A file of the shared data set, which lies beside the checkout.
   *
   * @throws AssertionError naming where it was looked for
   */
  static Path file(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path file = at.resolve("shared/data").resolve(name);
      if (Files.exists(file)) {
        return file;
      }
    }
    throw new AssertionError(
        "cannot find "
            + name
            + ": expected it in shared/data beside the checkout or one of its parents");
  }

  /** A copy of the file's header and the {@code lines} after it, or of all there are. */
  static Path beginning(String name, long lines, Path directory) throws IOException {
    Path copy = directory.resolve(name);
    try (BufferedReader from =
            new BufferedReader(
                new InputStreamReader(
                    new GZIPInputStream(Files.newInputStream(file(name))),
                    StandardCharsets.UTF_8));
        BufferedWriter to =
            new BufferedWriter(
                new OutputStreamWriter(
                    new GZIPOutputStream(Files.newOutputStream(copy)), StandardCharsets.UTF_8))) {
      String line = from.readLine();
      for (long left = lines; line != null && left >= 0; left--) {
        to.write(line);
        to.newLine();
        line = from.readLine();
      }
    }
    return copy;
  }

  static CheckedView<RetailLine> retailByMonth(EventLog<RetailLine> log) {
    LinkedHashMap<String, Supplier<Accumulator<RetailLine>>> aggregates = new LinkedHashMap<>();
    aggregates.put("lines", Accumulator.count());
    aggregates.put("quantity", Accumulator.sumLong(RetailLine::quantity));
    aggregates.put("revenue", Accumulator.sum(RetailLine::amount));
    aggregates.put("cancellations", Accumulator.countIf(RetailLine::cancelled));
    aggregates.put("lines_with_customer", Accumulator.countIf(line -> line.customer() != null));
    aggregates.put("~customers", Accumulator.distinct(RetailLine::customer));
    aggregates.put("highest_price", Accumulator.max(RetailLine::unitPrice));
    return new CheckedView<>(
        "retail_by_month",
        log,
        List.of("country", "month"),
        line -> List.of(Arrays.asList(line.country(), month(line.at()))),
        aggregates,
        values -> true);
  }

  static CheckedView<RetailLine> retailByItem(EventLog<RetailLine> log) {
    LinkedHashMap<String, Supplier<Accumulator<RetailLine>>> aggregates = new LinkedHashMap<>();
    aggregates.put("lines", Accumulator.count());
    aggregates.put("quantity", Accumulator.sumLong(RetailLine::quantity));
    aggregates.put("revenue", Accumulator.sum(RetailLine::amount));
    aggregates.put("first_sold", Accumulator.min(RetailLine::at));
    aggregates.put("last_sold", Accumulator.max(RetailLine::at));
    return new CheckedView<>(
        "retail_by_item",
        log,
        List.of("stock_code"),
        line ->
            !line.cancelled() && line.unitPrice().signum() > 0
                ? List.of(List.of(line.stockCode()))
                : List.of(),
        aggregates,
        values -> (long) values.get(0) > 1);
  }

  static CheckedView<Payment> terminalsByMonth(EventLog<Payment> log) {
    LinkedHashMap<String, Supplier<Accumulator<Payment>>> aggregates = new LinkedHashMap<>();
    aggregates.put("payments", Accumulator.count());
    aggregates.put("amount", Accumulator.sum(Payment::amount));
    aggregates.put("frauds", Accumulator.countIf(Payment::fraud));
    aggregates.put("lost", Accumulator.sum(p -> p.fraud() ? p.amount() : null));
    aggregates.put("~customers", Accumulator.distinct(Payment::customer));
    return new CheckedView<>(
        "terminals_by_month",
        log,
        List.of("terminal_id", "month"),
        payment -> List.of(List.of(payment.terminal(), month(payment.at()))),
        aggregates,
        values -> true);
  }

  static CheckedView<Payment> fraudsByHour(EventLog<Payment> log) {
    BigDecimal suspicious = new BigDecimal("220");
    LinkedHashMap<String, Supplier<Accumulator<Payment>>> aggregates = new LinkedHashMap<>();
    aggregates.put("payments", Accumulator.count());
    aggregates.put("amount", Accumulator.sum(Payment::amount));
    aggregates.put("largest", Accumulator.max(Payment::amount));
    aggregates.put("frauds", Accumulator.countIf(Payment::fraud));
    aggregates.put("suspicious", Accumulator.countIf(p -> p.amount().compareTo(suspicious) > 0));
    return new CheckedView<>(
        "frauds_by_hour",
        log,
        List.of("window"),
        payment -> List.of(List.of(hour(payment.at()))),
        aggregates,
        values -> true);
  }

  private static Instant month(Instant at) {
    return at.atZone(ZoneOffset.UTC).truncatedTo(ChronoUnit.DAYS).withDayOfMonth(1).toInstant();
  }

  private static Map<String, Object> hour(Instant at) {
    Instant start = at.truncatedTo(ChronoUnit.HOURS);
    return new TreeMap<>(Map.of("start", start, "end", start.plus(1, ChronoUnit.HOURS)));
  }

  private static BigDecimal decimal(Object bytes, int scale) {
    ByteBuffer buffer = ((ByteBuffer) bytes).duplicate();
    byte[] unscaled = new byte[buffer.remaining()];
    buffer.get(unscaled);
    return new BigDecimal(new BigInteger(unscaled), scale);
  }
}

package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.model.Position;
import io.millrace.system.RealData.Payment;
import io.millrace.system.RealData.RetailLine;
import io.millrace.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.avro.Schema;

/**
 * Sends the real files into topics of four partitions while runs happen every 20 s, and holds every
 * sampled answer against the oracle.
 */
final class RealFiles implements AutoCloseable {
  static final long RETAIL_LINES = 541_909;

  /**
   * How much is sent.
   *
   * @param times how often each file is sent
   * @param payments lines of the larger file, from its beginning
   */
  record Load(int times, long payments) {
    /** Both files whole, twice over: six minutes of sending. */
    static final Load WHOLE = new Load(2, 1_754_155);

    /** What every build has time for, a minute and a half. */
    static final Load SHORT = new Load(1, 877_500);
  }

  /** Records per second: two cores just keep up. */
  private static final int RETAIL_RATE = 6_000;

  private static final int PAYMENTS_RATE = 9_750;
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final List<String> VIEWS =
      List.of("retail_by_month", "retail_by_item", "frauds_by_hour", "terminals_by_month");

  /** Called between samples with the seconds since producing began. */
  interface Disturbance {
    void at(long second, Installation installation) throws Exception;
  }

  private final Installation installation;
  private final Path directory;
  private final Load load;
  private final Path retailFile = RealData.file("online_retail.csv.gz");
  private final Path paymentsFile;

  private TopicTail<RetailLine> retail;
  private TopicTail<Payment> payments;

  RealFiles(Path directory, Load load) throws IOException {
    this.directory = directory;
    this.load = load;
    this.paymentsFile =
        RealData.beginning(
            "card_transactions.csv.gz", load.payments(), Files.createDirectories(directory));
    this.installation =
        Installation.up(
            directory,
            Map.of(
                "batch.schedule.override",
                "0/20 * * * * ?",
                "kafka.topic.partitions",
                "4",
                // Transactions for few events each are most of what the broker does.
                "speed.commit.interval",
                "250ms",
                "monitor.port",
                "0"));
  }

  Installation installation() {
    return installation;
  }

  Path retailFile() {
    return retailFile;
  }

  Path paymentsFile() {
    return paymentsFile;
  }

  /** Waits for the system, applies both applications, and waits until every view answers. */
  void apply() throws Exception {
    Eventually.await(
        "the system to be up, see " + directory.resolve("up.log"),
        Duration.ofMinutes(4),
        () -> {
          assertThat(installation.alive()).as(installation.upLog()).isTrue();
          return installation.http().json("/v1/health/live") != null;
        });
    for (String application : List.of("retail", "payments")) {
      Installation.Ran applied = installation.run("apply", example(application).toString());
      assertThat(applied.exit()).as(applied.output()).isZero();
    }
    Eventually.await(
        "every view to answer, from live state alone at first",
        Duration.ofMinutes(4),
        () -> {
          for (String view : VIEWS) {
            installation.http().live(view);
          }
          return true;
        });
    retail =
        new TopicTail<>(
            installation.bootstrapServers(),
            "real.retail",
            schema("retail/retail.avsc"),
            RetailLine::of);
    payments =
        new TopicTail<>(
            installation.bootstrapServers(),
            "real.payments",
            schema("payments/payment.avsc"),
            Payment::of);
  }

  /** Produces both files, samples until every view has caught up, and once more then. */
  Outcome run(Disturbance disturbance) throws Exception {
    CheckedView<RetailLine> byMonth = RealData.retailByMonth(retail.log());
    CheckedView<RetailLine> byItem = RealData.retailByItem(retail.log());
    CheckedView<Payment> terminals = RealData.terminalsByMonth(payments.log());
    CheckedView<Payment> hours = RealData.fraudsByHour(payments.log());
    Sampler sampler = new Sampler(installation.http());

    Process sales = produce("retail", "retail", retailFile, RETAIL_RATE);
    Process cards = produce("card_payments", "payments", paymentsFile, PAYMENTS_RATE);
    long began = System.nanoTime();
    for (int turn = 0; sales.isAlive() || cards.isAlive() || !atEnd(); turn++) {
      Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
      assertThat(elapsed).as(installation::upLog).isLessThan(PATIENCE);
      disturbance.at(elapsed.toSeconds(), installation);
      sampler.sample(byMonth, retail);
      sampler.sample(byItem, retail);
      sampler.sample(hours, payments);
      if (turn % 20 == 0) {
        sampler.sample(terminals, payments);
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
    assertThat(sales.waitFor()).as(() -> log("retail")).isZero();
    assertThat(cards.waitFor()).as(() -> log("payments")).isZero();

    Answer finalByMonth = installation.http().answer("retail_by_month");
    Answer finalByItem = installation.http().answer("retail_by_item");
    Answer finalHours = installation.http().answer("frauds_by_hour");
    Answer finalTerminals = installation.http().answer("terminals_by_month");
    assertThat(atEnd()).isTrue();
    retail.readTo(finalByMonth.live());
    payments.readTo(finalHours.live());
    List<String> atEnd = new java.util.ArrayList<>(byMonth.differences(finalByMonth));
    atEnd.addAll(byItem.differences(finalByItem));
    atEnd.addAll(hours.differences(finalHours));
    atEnd.addAll(terminals.differences(finalTerminals));
    int samples = byMonth.checked() + byItem.checked() + terminals.checked() + hours.checked();
    int equal = byMonth.equal() + byItem.equal() + terminals.equal() + hours.equal();
    System.out.printf(
        "%s: %d of %d answers equal the oracle at their position (%d of them joined one of %d runs"
            + " with live state); refused: %s; %d retail lines, %d payments%n",
        directory.getFileName(),
        equal,
        samples,
        sampler.withLive(),
        sampler.runs(),
        sampler.refusals(),
        retail.log().size(),
        payments.log().size());
    return new Outcome(
        samples,
        sampler.withLive(),
        sampler.runs(),
        sampler.differences(),
        atEnd,
        retail.log().size(),
        payments.log().size(),
        List.of(finalByMonth, finalByItem, finalHours, finalTerminals));
  }

  /**
   * @param samples answers compared
   * @param withLive of these, answers that joined a run with live state past its boundary
   * @param runs how many runs these were
   * @param differences of the answers sampled on the way
   * @param finalDifferences of the last answers
   * @param retailLines records of the retail topic
   * @param payments records of the payments topic
   * @param last the last answer of each view, at the end of its topic
   */
  record Outcome(
      int samples,
      int withLive,
      int runs,
      List<String> differences,
      List<String> finalDifferences,
      long retailLines,
      long payments,
      List<Answer> last) {}

  /** Whether every view answers for all of its topic as it ends now. */
  private boolean atEnd() throws InterruptedException {
    Position retailEnd = retail.end();
    Position paymentsEnd = payments.end();
    try {
      for (String view : VIEWS) {
        Position end = view.startsWith("retail") ? retailEnd : paymentsEnd;
        if (!installation.http().live(view).covers(end)) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      // A layer is down, or back and not ready.
      return false;
    }
  }

  private Process produce(String source, String example, Path file, int rate) throws IOException {
    return installation.start(
        directory.resolve("produce-" + example + ".log"),
        "produce",
        source,
        file.toString(),
        "--mapping",
        Installation.home().resolve("examples/real/" + example + ".yml").toString(),
        "--repeat",
        Integer.toString(load.times()),
        "--rate",
        Integer.toString(rate));
  }

  private String log(String example) {
    try {
      return Files.readString(directory.resolve("produce-" + example + ".log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static Path example(String name) {
    return Installation.home().resolve("examples/real").resolve(name);
  }

  private static Schema schema(String file) throws IOException {
    return new Schema.Parser().parse(Files.readString(example(file)));
  }

  @Override
  public void close() {
    if (retail != null) {
      retail.close();
    }
    if (payments != null) {
      payments.close();
    }
    installation.close();
  }
}

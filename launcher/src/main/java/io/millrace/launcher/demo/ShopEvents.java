package io.millrace.launcher.demo;

import io.millrace.launcher.demo.Catalogue.Product;
import io.millrace.launcher.demo.ShopEvent.Click;
import io.millrace.launcher.demo.ShopEvent.Order;
import io.millrace.launcher.demo.ShopEvent.Payment;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * An endless, plausible day of a shop, with what makes real events hard: late and out-of-order
 * ones, orders that are cancelled afterwards, missing customers and countries, a few products and
 * cards that dominate, and stolen cards that pay in bursts at many terminals.
 *
 * <p>The same seed and the same times give the same events. Not thread-safe.
 */
final class ShopEvents {
  private static final List<String> COUNTRIES =
      List.of("DE", "FR", "GB", "NL", "AT", "CH", "SE", "PL", "IT", "ES");
  private static final List<String> REFERRERS =
      List.of("search", "newsletter", "social", "partner");
  private static final int CARDS = 2_000;
  private static final int CUSTOMERS = 5_000;
  private static final int TERMINALS = 900;
  private static final int REMEMBERED_ORDERS = 500;

  private final SplittableRandom random;
  private final Catalogue catalogue;
  private final Zipf countries = new Zipf(COUNTRIES.size(), 1.0);
  private final Zipf cards = new Zipf(CARDS, 0.3);
  private final Zipf customers = new Zipf(CUSTOMERS, 0.8);
  private final List<Order> recent = new ArrayList<>();
  private final long firstId;
  private long made;
  private int stolenCard;
  private int burstLeft;

  /**
   * @param start distinguishes the identifiers of two days with the same seed
   */
  ShopEvents(long seed, Instant start) {
    this.random = new SplittableRandom(seed);
    this.catalogue = new Catalogue(seed);
    this.firstId = start.getEpochSecond() * 1000;
  }

  /** What happens next, heard of at {@code now}; it may have happened earlier. */
  ShopEvent next(Instant now) {
    made++;
    if (burstLeft > 0 && random.nextInt(12) == 0) {
      burstLeft--;
      return stolen(now);
    }
    int kind = random.nextInt(100);
    if (kind < 40) {
      return !recent.isEmpty() && random.nextInt(100) < 6 ? change() : order(happened(now));
    }
    return kind < 50 ? payment(now) : click(happened(now));
  }

  /** Most events arrive at once, some jumbled within seconds, a few hours or weeks late. */
  private Instant happened(Instant now) {
    int luck = random.nextInt(1000);
    Duration late;
    if (luck < 700) {
      late = Duration.ofMillis(random.nextInt(300));
    } else if (luck < 930) {
      late = Duration.ofMillis(random.nextInt(8_000));
    } else if (luck < 990) {
      late = Duration.ofSeconds(random.nextInt(4 * 3600));
    } else {
      late = Duration.ofHours(random.nextInt(24 * 40));
    }
    return Instant.ofEpochMilli(now.minus(late).toEpochMilli());
  }

  private Order order(Instant at) {
    Product product = catalogue.pick(random);
    Order order =
        new Order(
            "O" + (firstId + made),
            random.nextInt(4) == 0
                ? Optional.empty()
                : Optional.of(100_000L + customers.next(random)),
            product.category(),
            product.name() + " " + product.id(),
            1 + random.nextInt(random.nextInt(10) == 0 ? 12 : 3),
            BigDecimal.valueOf(product.cents(), 2),
            "PAID",
            at,
            random.nextInt(30) == 0
                ? Optional.empty()
                : Optional.of(COUNTRIES.get(countries.next(random))),
            random.nextInt(12) == 0 ? Optional.of("SPRING") : Optional.empty());
    recent.add(order);
    if (recent.size() > REMEMBERED_ORDERS) {
      recent.remove(0);
    }
    return order;
  }

  /** An order of a while ago is cancelled or refunded: same order, same time of ordering. */
  private Order change() {
    Order order = recent.remove(random.nextInt(recent.size()));
    return order.withStatus(random.nextInt(5) == 0 ? "REFUNDED" : "CANCELLED");
  }

  private Payment payment(Instant now) {
    if (burstLeft == 0 && random.nextInt(250) == 0) {
      stolenCard = random.nextInt(CARDS);
      burstLeft = 25 + random.nextInt(30);
    }
    return payment(
        cards.next(random),
        random.nextInt(5) == 0 ? Optional.empty() : Optional.of(1 + random.nextInt(TERMINALS)),
        random.nextInt(20) == 0,
        happened(now));
  }

  private Payment stolen(Instant now) {
    return payment(
        stolenCard,
        Optional.of(1 + random.nextInt(TERMINALS)),
        random.nextInt(8) == 0,
        Instant.ofEpochMilli(now.toEpochMilli()));
  }

  private Payment payment(int card, Optional<Integer> terminal, boolean declined, Instant at) {
    return new Payment(
        "T" + (firstId + made),
        String.format("card-%04d", card),
        terminal,
        BigDecimal.valueOf(100 + (long) Math.exp(random.nextDouble(3, 10)), 2),
        declined,
        at);
  }

  private Click click(Instant at) {
    return new Click(
        firstId + random.nextInt(3_000),
        catalogue.pick(random).id(),
        random.nextInt(3) == 0
            ? Optional.of(REFERRERS.get(random.nextInt(REFERRERS.size())))
            : Optional.empty(),
        at);
  }
}

package io.millrace.launcher.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What the shop sells. Immutable; the same for the same seed. */
final class Catalogue {
  private static final List<String> CATEGORIES =
      List.of("books", "coffee", "garden", "kitchen", "lighting", "outdoor", "stationery", "toys");
  private static final List<String> ADJECTIVES =
      List.of(
          "blue", "copper", "folding", "handmade", "large", "oak", "small", "striped", "vintage");
  private static final List<String> NOUNS =
      List.of("basket", "bowl", "box", "cup", "kit", "lamp", "map", "mill", "pot", "rack", "set");
  private static final int SIZE = 240;

  /**
   * @param cents price of one
   */
  record Product(String id, String name, String category, int cents) {}

  private final List<Product> products = new ArrayList<>();
  private final Zipf popularity = new Zipf(SIZE, 1.05);

  Catalogue(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < SIZE; i++) {
      String category = CATEGORIES.get(random.nextInt(CATEGORIES.size()));
      String name =
          ADJECTIVES.get(random.nextInt(ADJECTIVES.size()))
              + " "
              + NOUNS.get(random.nextInt(NOUNS.size()));
      int cents = (int) (Math.exp(random.nextDouble(4.6, 9.2)) / 5) * 5 + 99;
      products.add(new Product(String.format("P%04d", i), name, category, cents));
    }
  }

  /** A product, popular ones more often. */
  Product pick(SplittableRandom random) {
    return products.get(popularity.next(random));
  }
}

package io.millrace.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.ServingClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ConditionsTest {
  private static final List<ServingClient.Column> COLUMNS =
      List.of(
          new ServingClient.Column("category", true),
          new ServingClient.Column("window", true),
          new ServingClient.Column("limit", true),
          new ServingClient.Column("a.b", true),
          new ServingClient.Column("orders", false));

  private static final List<ServingClient.Column> ANY =
      List.of(
          new ServingClient.Column("a", true),
          new ServingClient.Column("b", true),
          new ServingClient.Column("größe", true));

  @Test
  void shouldBeParametersOfTheApi() {
    List<ServingClient.Column> columns = new ArrayList<>(COLUMNS);
    columns.add(new ServingClient.Column("größe", true));
    columns.add(new ServingClient.Column("a.b.lt", true));
    Conditions conditions =
        Conditions.of(
            List.of(
                "category = a=b",
                "window.start>=2026-01-01",
                "limit<5",
                "`a.b.lt` < 3",
                "größe=NULL"),
            columns);

    assertThat(conditions.parameters())
        .isEqualTo(
            Map.of(
                "where.category.eq",
                "a=b",
                "where.window.start.gte",
                "2026-01-01",
                "where.limit.lt",
                "5",
                "where.`a.b.lt`.lt",
                "3",
                "where.größe.null",
                "true"));
  }

  @Test
  void shouldTakeWhatIsNotOnAGroupColumnAsSql() {
    assertThat(parameters("orders > 1 AND orders < 5"))
        .isEqualTo(Map.of("where", "orders > 1 AND orders < 5"));
    assertThat(parameters("orders BETWEEN 1 AND 2", "category=x"))
        .isEqualTo(Map.of("where", "orders BETWEEN 1 AND 2", "where.category.eq", "x"));
    assertThat(parameters("category = 'x' AND orders > 1", "length(category) = 1 -- so"))
        .isEqualTo(
            Map.of(
                "where", "(category = 'x' AND orders > 1\n) AND (length(category) = 1 -- so\n)"));
  }

  @Test
  void shouldSayInItsOwnWordsWhatIsNoColumn() {
    assertThat(parameters("WINDOW.start>1", "limit=5", "category=x", "`a.b`=1")).hasSize(4);
    assertThatThrownBy(() -> parameters("categry=1"))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot query: found --where 'categry=1' on an unknown column, expected one of"
                + " category, window, limit, a.b, orders; did you mean 'category'?");
  }

  @Test
  void shouldRefuseWhatSaysNothing() {
    assertThatThrownBy(() -> Conditions.of(List.of("b>1", "a=1", "A = 2"), ANY))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("found --where 'a=1' and --where 'A = 2', expected each comparison");
    assertThatThrownBy(() -> Conditions.of(List.of("a<NULL"), ANY))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("found --where 'a<NULL', expected NULL with = only");
  }

  private static Map<String, String> parameters(String... where) {
    return Conditions.of(List.of(where), COLUMNS).parameters();
  }
}

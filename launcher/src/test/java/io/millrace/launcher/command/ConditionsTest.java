package io.millrace.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.ServingClient;
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

  @Test
  void shouldBeParametersOfTheApi() {
    Conditions conditions =
        Conditions.of(
            List.of(
                "category = a=b",
                "window.start>=2026-01-01",
                "limit<5",
                "`a.b.lt` < 3",
                "größe=NULL"));

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
  void shouldSayInItsOwnWordsWhatIsNoGroupColumn() {
    assertThatCode(
            () ->
                Conditions.of(List.of("WINDOW.start>1", "limit=5", "category=x", "`a.b`=1"))
                    .check(COLUMNS))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> Conditions.of(List.of("categry=1")).check(COLUMNS))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot query: found --where 'categry=1' on an unknown column, expected a condition on"
                + " a group column: category, window, limit, a.b; did you mean 'category'?");
    assertThatThrownBy(() -> Conditions.of(List.of("orders>1")).check(COLUMNS))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot query: found --where 'orders>1' on a column that is computed, expected a"
                + " condition on a group column: category, window, limit, a.b; choose among the rows you"
                + " get");
  }

  @Test
  void shouldRefuseWhatSaysNothing() {
    assertThatThrownBy(() -> Conditions.of(List.of("category")))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot query: found condition 'category', expected column, one of = < <= > >=, and a"
                + " value; write --where 'month>=2026-01-01'");
    assertThatThrownBy(() -> Conditions.of(List.of("a>1", "a=1", "A = 2")))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("found --where 'a=1' and --where 'A = 2', expected each comparison");
    assertThatThrownBy(() -> Conditions.of(List.of("a<NULL")))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("found --where 'a<NULL', expected NULL with = only");
  }
}

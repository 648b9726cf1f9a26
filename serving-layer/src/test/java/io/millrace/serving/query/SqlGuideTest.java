package io.millrace.serving.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import io.millrace.control.model.ValueJson;
import io.millrace.serving.LiveModel;
import io.millrace.serving.Orders;
import io.millrace.serving.Replica;
import io.millrace.serving.lookup.LookupCheck;
import io.millrace.testkit.Eventually;
import io.millrace.view.CompiledView;
import io.millrace.view.app.ApplicationFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Asks what {@code docs/guide/sql.md} asks. */
class SqlGuideTest {
  private static final Pattern BLOCK =
      Pattern.compile("```(sql|json|text|csv)\n(.*?)\n```", Pattern.DOTALL);
  private static final Pattern VIEW =
      Pattern.compile("CREATE VIEW (\\w+) AS\n(.*);", Pattern.DOTALL);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path dir;

  private record Block(String kind, String text) {}

  @Test
  void shouldAnswerAsTheGuideSays() throws IOException {
    Orders orders = new Orders(1, 1);
    order(orders, "books", 10, 2.0, "2026-01-01T10:00:00Z");
    order(orders, "books", 25, 3.0, "2026-01-02T10:00:00Z");
    order(orders, "books", 15, 4.0, "2026-01-02T11:00:00Z");
    order(orders, "toys", 5, 6.0, "2026-01-02T12:00:00Z");
    order(orders, "toys", 40, 4.0, "2026-01-02T13:00:00Z");
    order(orders, "garden", 99, 9.0, "2026-01-03T10:00:00Z");
    order(orders, "toys", 7, 1.0, "2026-02-03T10:00:00Z");
    List<Block> blocks = blocks();
    int asked = 0;
    try (Replica replica = new Replica(dir)) {
      for (int i = 0; i < blocks.size(); i++) {
        if (!blocks.get(i).kind().equals("sql")) {
          continue;
        }
        String sql = blocks.get(i).text();
        Matcher view = VIEW.matcher(sql);
        if (sql.startsWith("CREATE TABLE")) {
          lookUp(replica, sql, blocks.get(i + 1).text());
        } else if (view.matches()) {
          CompiledView compiled = replica.apply(Orders.view(view.group(1), view.group(2)));
          replica.live(compiled, new LiveModel(compiled, orders).advance());
          replica.step();
        } else {
          check(replica, sql, blocks.get(i + 1));
          asked++;
        }
      }
    }
    assertThat(asked).isGreaterThanOrEqualTo(7);
  }

  /** As {@code millrace apply} reads a folder of these two. */
  private void lookUp(Replica replica, String sql, String csv) throws IOException {
    Path folder = Files.createDirectories(dir.resolve("folder"));
    Files.writeString(folder.resolve("app.sql"), sql);
    Files.writeString(folder.resolve("shelves.csv"), csv);
    try (LookupCheck files =
        new LookupCheck(MillraceConfig.load(Optional.empty(), Map.of(), Map.of()))) {
      LookupDefinition lookup = ApplicationFolder.load(folder, Map.of(), files).lookups().get(0);
      replica.lookups.update(Map.of(lookup.name(), lookup));
    }
    replica.lookups.step();
    Eventually.await(
        Duration.ofSeconds(20), () -> replica.lookups.reports().get(0).standing().isPresent());
  }

  private static void check(Replica replica, String sql, Block said) throws IOException {
    if (said.kind().equals("text")) {
      assertThatThrownBy(() -> Asked.of(replica.sql, sql))
          .isInstanceOf(MillraceException.class)
          .hasMessage(said.text());
      return;
    }
    Asked answer = Asked.of(replica.sql, sql);
    ArrayNode rows = JSON.createArrayNode();
    for (List<Object> row : answer.rows) {
      ObjectNode object = rows.addObject();
      for (int i = 0; i < row.size(); i++) {
        object.set(answer.columns.get(i).name(), ValueJson.node(row.get(i)));
      }
    }
    JsonNode expected = JSON.readTree(said.text());
    assertThat(rows).as(sql).isEqualTo(expected);
  }

  private static List<Block> blocks() throws IOException {
    List<Block> blocks = new ArrayList<>();
    Matcher block = BLOCK.matcher(Files.readString(Path.of("../docs/guide/sql.md")));
    while (block.find()) {
      blocks.add(new Block(block.group(1), block.group(2)));
    }
    return blocks;
  }

  private static void order(
      Orders orders, String category, long amount, Double price, String orderedAt) {
    orders.add(0, category, amount, price, Instant.parse(orderedAt));
  }
}

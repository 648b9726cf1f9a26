package io.millrace.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.millrace.control.model.Position;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.output.Format;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class QueryCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Console console = Console.plain(new PrintStream(out, true, StandardCharsets.UTF_8));

  @Test
  void shouldPrintJsonPageByPageAsOneObject() throws IOException {
    print(Format.json);

    JsonNode body = new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8));
    assertThat(body.at("/view").asText()).isEqualTo("sales");
    assertThat(body.at("/position/runId").asText()).isEqualTo("r1");
    assertThat(body.get("rows"))
        .extracting(JsonNode::toString)
        .containsExactly(
            "{\"name\":\"a\",\"n\":1}", "{\"name\":\"b\",\"n\":2}", "{\"name\":\"c\",\"n\":3}");
  }

  @Test
  void shouldPrintTablesPageByPageUnderOneHeading() {
    print(Format.table);
    assertThat(out.toString(StandardCharsets.UTF_8).lines().limit(6))
        .containsExactly("name  n", "a     1", "b     2", "c     3", "", "rows      3");
  }

  @Test
  void shouldPrintAnObjectWithoutRows() throws IOException {
    RowsPrinter printer = RowsPrinter.of(Format.json, console);
    printer.page(page(List.of(), false));
    printer.end(page(List.of(), false));

    assertThat(new ObjectMapper().readTree(out.toByteArray()).get("rows")).isEmpty();
  }

  @Test
  void shouldPrintOneHeadingThoughTheFirstPageIsEmpty() throws IOException {
    for (Format format : List.of(Format.table, Format.json)) {
      out.reset();
      RowsPrinter printer = RowsPrinter.of(format, console);
      printer.page(page(List.of(), true));
      ServingClient.Page last = page(List.of(row("a", 1)), false);
      printer.page(last);
      printer.end(last);

      String said = out.toString(StandardCharsets.UTF_8);
      if (format == Format.json) {
        assertThat(new ObjectMapper().readTree(said).get("rows")).hasSize(1);
      } else {
        assertThat(said.lines().filter(line -> line.startsWith("name"))).hasSize(1);
      }
    }
  }

  @Test
  void shouldGoOnBehindAPageThatALongScanEndedEarly() {
    List<Map<String, String>> asked = new ArrayList<>();
    RowsPrinter printer = RowsPrinter.of(Format.table, console);

    QueryCommand.show(
        parameters -> {
          asked.add(Map.copyOf(parameters));
          return switch (String.valueOf(parameters.get("cursor"))) {
            case "none" -> page(List.of(), true, Optional.empty());
            case "null" -> page(List.of(row("a", 1)), true);
            default -> page(List.of(row("b", 2), row("c", 3)), true);
          };
        },
        new LinkedHashMap<>(Map.of("where.n.gt", "0")),
        3,
        printer);

    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .startsWith("name  n", "a     1", "b     2", "c     3");
    assertThat(asked)
        .containsExactly(
            Map.of("where.n.gt", "0", "cursor", "none", "limit", "3"),
            Map.of("where.n.gt", "0", "limit", "3"),
            Map.of("where.n.gt", "0", "cursor", "cursor", "limit", "2"));
  }

  @Test
  void shouldHoldNoPositionWhereOnePageDoes() {
    List<Map<String, String>> asked = new ArrayList<>();
    QueryCommand.show(
        parameters -> {
          asked.add(Map.copyOf(parameters));
          return page(List.of(row("a", 1), row("b", 2)), true, Optional.empty());
        },
        new LinkedHashMap<>(),
        2,
        RowsPrinter.of(Format.table, console));

    assertThat(asked).containsExactly(Map.of("cursor", "none", "limit", "2"));
  }

  private void print(Format format) {
    RowsPrinter printer = RowsPrinter.of(format, console);
    printer.page(page(List.of(row("a", 1), row("b", 2)), true));
    ServingClient.Page last = page(List.of(row("c", 3)), false);
    printer.page(last);
    printer.end(last);
  }

  private static List<JsonNode> row(String name, int n) {
    return List.of(TextNode.valueOf(name), IntNode.valueOf(n));
  }

  private static ServingClient.Page page(List<List<JsonNode>> rows, boolean more) {
    return page(rows, more, more ? Optional.of("cursor") : Optional.empty());
  }

  private static ServingClient.Page page(
      List<List<JsonNode>> rows, boolean more, Optional<String> cursor) {
    return new ServingClient.Page(
        "sales",
        "v1",
        new ServingClient.Seam(Optional.of("r1"), Position.empty(), Position.empty(), 5),
        ordered("name", "STRING", "n", "INT"),
        new ArrayList<>(rows),
        more,
        cursor);
  }

  private static Map<String, String> ordered(String... pairs) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(pairs[i], pairs[i + 1]);
    }
    return map;
  }
}

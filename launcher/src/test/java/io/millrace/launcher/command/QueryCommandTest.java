package io.millrace.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.millrace.control.model.Position;
import io.millrace.launcher.client.RowsTable;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import io.millrace.launcher.output.Export;
import io.millrace.launcher.output.Format;
import io.millrace.launcher.output.Output;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QueryCommandTest {
  @TempDir private Path dir;
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
  void shouldWriteAllRowsThoughALongScanEndedEarly() throws IOException {
    for (Format format : List.of(Format.csv, Format.parquet)) {
      List<Map<String, String>> asked = new ArrayList<>();
      Path file = dir.resolve("a." + format);
      try (Output to = Output.of(Optional.of(file), format, console)) {
        QueryCommand.export(
            parameters -> {
              asked.add(Map.copyOf(parameters));
              return switch (parameters.getOrDefault("cursor", "null")
                  + parameters.getOrDefault("where", "")) {
                case "none" -> download("n\na\n", 1, true, Optional.empty());
                case "null" -> download("n\na\n", 1, true, Optional.of("next"));
                case "nonetrue" -> download("all", 3, true, Optional.empty());
                default -> download("n\nb\nc\n", 2, true, Optional.of("further"));
              };
            },
            new LinkedHashMap<>(),
            3,
            format,
            new Export(to, format, new PrintStream(out, true, StandardCharsets.UTF_8), false));
      }
      assertThat(file).hasContent(format == Format.csv ? "n\na\nb\nc\n" : "all");
      assertThat(asked).hasSize(format == Format.csv ? 3 : 2);
      assertThat(out.toString(StandardCharsets.UTF_8)).contains("3 rows");
      out.reset();
    }
  }

  private static ServingClient.Download download(
      String body, long rows, boolean more, Optional<String> cursor) {
    return new ServingClient.Download(
        new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)), rows, more, cursor);
  }

  @Test
  void shouldShowNumbersOfAnySizeAndNothingThatATerminalObeys() {
    Map<String, String> columns = Map.of("d", "DECIMAL(38,6)");
    assertThat(
            RowsTable.cells(
                columns,
                List.of(List.of(new TextNode("-99999999999999999999999999999999.123456")))))
        .containsExactly(List.of("-99,999,999,999,999,999,999,999,999,999,999.123456"));
    assertThat(
            RowsTable.cells(
                Map.of("s", "STRING"), List.of(List.of(new TextNode("a\033[2Jb\u009bmc\td")))))
        .containsExactly(List.of("a\uFFFD[2Jb\uFFFDmc\td"));
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

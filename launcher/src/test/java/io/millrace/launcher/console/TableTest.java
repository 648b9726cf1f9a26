package io.millrace.launcher.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TableTest {
  private final Console plain = Console.plain(System.out);

  @Test
  void shouldAlignTextLeftAndNumbersRight() {
    Table table = new Table(List.of("view", ">rows"));
    table.row(List.of("sales", "12")).row(List.of("x", "1,234"));

    assertThat(table.lines(plain)).containsExactly("view    rows", "sales     12", "x      1,234");
  }

  @Test
  void shouldKeepACellOnOneLine() {
    Table table = new Table(List.of("text"));
    table.row(List.of("a\nb"));

    assertThat(table.lines(plain).get(1)).isEqualTo("a b");
  }

  @Test
  void shouldRefuseARowOfAnotherWidth() {
    assertThatThrownBy(() -> new Table(List.of("a", "b")).row(List.of("1")))
        .hasMessage("cannot add a row: found 1 cells, expected 2");
  }

  @Test
  void shouldRedrawABlockInPlaceAndPutLinesAboveIt() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Console terminal = Console.terminal(new PrintStream(bytes, true, StandardCharsets.UTF_8), 40);
    terminal.block(List.of("one", "two"));
    terminal.block(List.of("three"));
    terminal.line("done");

    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "one\033[K\ntwo\033[K\n\033[J"
                + "\033[2Fthree\033[K\n\033[J"
                + "\033[1F\033[Jdone"
                + System.lineSeparator());
  }

  @Test
  void shouldPrintNoBlockAndNoStyleWithoutATerminal() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Console console = Console.plain(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    console.block(List.of("one"));
    console.line(console.green("ok"));

    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("ok" + System.lineSeparator());
  }
}

package io.millrace.launcher.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.millrace.control.config.MillraceConfig;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.launcher.client.ServingClient;
import io.millrace.launcher.console.Console;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a server that says what a serving layer would, and what none would. */
final class ExportTest {
  private static final String NAMES = "\"a\r\n\"\"b\",n\r\n";

  @TempDir private Path dir;
  private final ByteArrayOutputStream says = new ByteArrayOutputStream();
  private final List<String> asked = new ArrayList<>();
  private HttpServer serving;
  private int missing;

  @BeforeEach
  void start() throws IOException {
    serving = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    serving.createContext(
        "/v1/views/sales/rows",
        exchange -> {
          String query = exchange.getRequestURI().getQuery();
          asked.add(exchange.getRequestHeaders().getFirst("Accept") + " " + query);
          boolean second = query.contains("$cursor=next");
          byte[] body =
              (NAMES + (second ? "c,3\r\n" : "a,1\r\n\"\",2\r\n")).getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Millrace-Rows", second ? "1" : "2");
          exchange.getResponseHeaders().add("Millrace-More", Boolean.toString(!second));
          if (!second) {
            exchange.getResponseHeaders().add("Millrace-Cursor", "next");
          }
          exchange.sendResponseHeaders(200, body.length + missing);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    serving.start();
  }

  @AfterEach
  void stop() {
    serving.stop(0);
  }

  @Test
  void shouldPutPagesTogetherUnderOneLineOfNames() throws IOException {
    Path file = dir.resolve("sales.csv");

    export(file, Format.csv);

    assertThat(file).hasContent(NAMES + "a,1\r\n\"\",2\r\nc,3\r\n");
    assertThat(said()).isEqualTo("3 rows, 28 bytes → " + file + "\n");
    assertThat(asked).containsExactly("text/csv $limit=10", "text/csv $limit=10&$cursor=next");
    try (var files = Files.list(dir)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void shouldLeaveTheFileThatWasThereWhenAnAnswerBreaksOff() throws IOException {
    Path file = Files.writeString(dir.resolve("sales.csv"), "as it was");
    missing = 5;

    assertThatThrownBy(() -> export(file, Format.csv))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.SERVING_UNREACHABLE))
        .hasMessageStartingWith("cannot read the answer: found it broken off (")
        .hasMessageEndingWith("), expected all of it; ask again");

    try (var files = Files.list(dir)) {
      assertThat(files).containsExactly(file);
    }
    assertThat(file).hasContent("as it was");
  }

  @Test
  void shouldSayWhereItCannotWrite() {
    assertThatThrownBy(() -> export(dir.resolve("no/sales.csv"), Format.csv))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot write " + dir.resolve("no/sales.csv") + ": found ")
        .hasMessageEndingWith(
            "expected a file in a directory that can be written; correct --output");
    assertThat(asked).isEmpty();
    Console terminal = Console.terminal(new PrintStream(says), 80);
    assertThatThrownBy(() -> Output.of(Optional.empty(), Format.parquet, terminal))
        .isInstanceOf(MillraceException.class)
        .hasMessage(
            "cannot write parquet to a terminal: expected a file; say --output FILE, or > FILE");
  }

  @Test
  void shouldFollowALinkAndReplaceNothingButFiles() throws Exception {
    Path file = Files.writeString(dir.resolve("sales.csv"), "as it was");
    Set<PosixFilePermission> own = PosixFilePermissions.fromString("rw-------");
    Files.setPosixFilePermissions(file, own);
    Path link = Files.createSymbolicLink(dir.resolve("link.csv"), file);
    export(link, Format.csv);
    assertThat(link).isSymbolicLink();
    assertThat(Files.getPosixFilePermissions(file)).isEqualTo(own);
    assertThat(file).content().endsWith("c,3\r\n");

    assertThatThrownBy(() -> export(Path.of("/dev/null"), Format.csv))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith(
            "cannot write /dev/null: found a device or pipe, which would be replaced, expected");
    assertThat(Path.of("/dev/null").toFile().length()).isZero();
  }

  @Test
  void shouldRememberThatALineCouldNotBeWritten() throws IOException {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    OutputStream fullOnce =
        new OutputStream() {
          private int writes;

          @Override
          public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int from, int length) throws IOException {
            if (++writes == 2) {
              throw new IOException("No space left on device");
            }
            written.write(bytes, from, length);
          }
        };
    Output.Remembering stream = new Output.Remembering(fullOnce);
    Console lines = Console.plain(new PrintStream(stream, false, StandardCharsets.UTF_8));
    List.of("a", "b", "c").forEach(lines::line);

    assertThatThrownBy(stream::flush).hasMessage("No space left on device");
    assertThat(written).hasToString("a" + System.lineSeparator());
  }

  @Test
  void shouldEndWithoutAWordWhereNobodyReads() throws Exception {
    ProcessBuilder piped =
        new ProcessBuilder(
            "bash",
            "-c",
            "\"$0\" -Xshare:auto -XX:TieredStopAtLevel=1 -Duser.home=\"$1\" io.millrace.launcher.Millrace"
                + " query sales --format csv"
                + " --set kafka.bootstrap.servers=127.0.0.1:1 --set serving.port=$2"
                + " | true; echo code ${PIPESTATUS[0]}",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            dir.toString(),
            Integer.toString(serving.getAddress().getPort()));
    piped
        .environment()
        .put(
            "CLASSPATH",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    Process process = piped.directory(dir.toFile()).redirectErrorStream(true).start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("code 1\n");
    assertThat(asked).isNotEmpty();
  }

  @Test
  void shouldReadAQuestionAsEditorsWriteIt() throws IOException {
    Path file = Files.writeString(dir.resolve("q.sql"), "\uFEFFSELECT 'ö'\r\n;\r\n");
    assertThat(SqlText.read(Optional.of(file))).isEqualTo("SELECT 'ö'");
    Files.write(file, "SELECT 'ö'".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> SqlText.read(Optional.of(file)))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith(
            "cannot read the question: found bytes that are no UTF-8, expected");
  }

  @Test
  void shouldReadAQuestionWithoutItsEnd() throws IOException {
    Path file = Files.writeString(dir.resolve("q.sql"), "SELECT ';' AS a\n  ;\n;\n");
    assertThat(SqlText.read(Optional.of(file))).isEqualTo("SELECT ';' AS a");
    assertThatThrownBy(() -> SqlText.read(Optional.of(dir.resolve("none.sql"))))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("cannot read the question: found ")
        .hasMessageEndingWith(
            "expected a SELECT in " + dir.resolve("none.sql") + "; correct --file");
  }

  private void export(Path file, Format format) {
    ServingClient client =
        new ServingClient(
            MillraceConfig.load(
                Optional.empty(),
                Map.of(),
                Map.of("serving.port", Integer.toString(serving.getAddress().getPort()))));
    Console console = Console.plain(new PrintStream(says, true, StandardCharsets.UTF_8));
    try (Output output = Output.of(Optional.of(file), format, console)) {
      new Export(output, format, new PrintStream(says, true, StandardCharsets.UTF_8), false)
          .run(
              cursor -> {
                Map<String, String> parameters = new LinkedHashMap<>(Map.of("limit", "10"));
                cursor.ifPresent(at -> parameters.put("cursor", at));
                return client.rows("sales", parameters, format.name());
              },
              "--all");
    }
  }

  private String said() {
    return says.toString(StandardCharsets.UTF_8);
  }
}

package io.millrace.serving.pgwire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real psql, and what {@code docs/guide/postgres.md} types in it. Where there is none, a line
 * says so; {@code -Dmillrace.psql=required} makes that a failure.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PsqlTest {
  private static final Pattern EXAMPLE =
      Pattern.compile("```psql\n(.*?)\n```\n+```text\n(.*?)\n```", Pattern.DOTALL);

  @TempDir static Path dir;

  private boolean there;
  private WireReplica wire;

  @BeforeAll
  void load() throws Exception {
    there = isThere();
    if (!there) {
      String line = "psql is not installed (Debian: postgresql-client): its tests are LEFT OUT";
      assertThat(System.getProperty("millrace.psql", "")).as(line).isNotEqualTo("required");
      System.out.println("WARNING: " + line);
      return;
    }
    wire = new WireReplica(dir, Map.of());
    wire.widen();
  }

  @AfterAll
  void close() {
    if (wire != null) {
      wire.close();
    }
  }

  private static boolean isThere() throws InterruptedException {
    try {
      Process process = new ProcessBuilder("psql", "--version").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** What psql prints, errors and all. */
  private String psql(String input, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("psql", "-X", "--no-password"));
    command.addAll(List.of(options));
    command.add("host=127.0.0.1 port=" + wire.port + " user=ann dbname=millrace");
    Path out = Files.createTempFile(dir, "psql", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    Process process = builder.start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail("psql does not end: " + input + "\n" + Files.readString(out));
    }
    return Files.readString(out);
  }

  @Test
  void shouldPrintWhatTheGuideSays() throws Exception {
    if (!there) {
      return;
    }
    Matcher example = EXAMPLE.matcher(Files.readString(Path.of("../docs/guide/postgres.md")));
    int typed = 0;
    while (example.find()) {
      assertThat(trimmed(psql(example.group(1) + "\n")))
          .as(example.group(1))
          .isEqualTo(trimmed(example.group(2)));
      typed++;
    }
    assertThat(typed).isGreaterThanOrEqualTo(4);
  }

  /** Lines without spaces at their ends, which psql writes and editors do not. */
  private static String trimmed(String text) {
    return String.join("\n", text.lines().map(String::stripTrailing).toList()).strip();
  }

  /** Each of psql's own commands asks the catalogue, and finds what there is or nothing. */
  @Test
  void shouldAnswerEveryCommandOfPsql() throws Exception {
    if (!there) {
      return;
    }
    String commands =
        """
        \\d by_day
        \\d+ by_day
        \\d "Mixed Case"
        \\d by*
        \\dS pg_class
        \\dt
        \\dt+
        \\dv+
        \\dm
        \\di
        \\ds
        \\dE
        \\dn+
        \\l
        \\l+
        \\du+
        \\dg
        \\df
        \\da
        \\dT
        \\dTS
        \\dp
        \\z
        \\db
        \\dx
        \\dC
        \\do
        \\dO
        \\dF
        \\dFd
        \\dFp
        \\dFt
        \\des
        \\dew
        \\det
        \\deu
        \\dD
        \\dL
        \\dy
        \\dc
        \\ddp
        \\drds
        \\dA
        \\dAc
        \\dAf
        \\dRp
        \\dRs
        \\dX
        \\dP
        \\dd
        \\dl
        \\dconfig
        \\sv by_day
        \\conninfo
        """;
    String printed = psql(commands);
    assertThat(printed).doesNotContain("ERROR").doesNotContain("FATAL").doesNotContain("invalid");
    assertThat(printed)
        .contains("View \"public.by_day\"")
        .contains("View \"public.Mixed Case\"")
        .contains("date_trunc('DAY', ordered_at)")
        .contains("About by_day")
        .contains("timestamp with time zone");
  }

  @Test
  void shouldSendManyRowsAtOnceAndInParts() throws Exception {
    if (!there) {
      return;
    }
    String question = "SELECT amount, category FROM wide";
    String atOnce = psql(question + ";\n", "-A", "-t");
    assertThat(atOnce.lines().count()).isEqualTo(WireReplica.WIDE);
    assertThat(psql(question + " LIMIT 20001;\n", "-A", "-t", "-v", "FETCH_COUNT=1000").lines())
        .hasSize(20_001)
        .startsWith("0|c0", "1|c1");
  }

  @Test
  void shouldGoOnAfterErrors() throws Exception {
    if (!there) {
      return;
    }
    String printed =
        psql(
            """
            SELECT 'x;
            ';
            SELECT nope FROM by_day;
            DELETE FROM by_day;
            BEGIN; SELECT nope FROM by_day;
            SELECT 1 AS one;
            ROLLBACK;
            BEGIN READ ONLY;
            DECLARE c CURSOR FOR SELECT category FROM by_day;
            FETCH 1 FROM c; MOVE 1 FROM c; FETCH ALL FROM c; CLOSE c;
            COMMIT;
            SELECT "Mixed Case"."The Amount" FROM public."Mixed Case" WHERE n = 1 LIMIT 1;
            """,
            "-v",
            "VERBOSITY=verbose");
    assertThat(printed)
        .contains("ERROR:  42703: cannot answer: found unknown column `nope`")
        .contains("ERROR:  25006: cannot execute DELETE")
        .contains("ERROR:  25P02: current transaction is aborted")
        .contains("MOVE 1")
        .contains("The Amount");
  }
}

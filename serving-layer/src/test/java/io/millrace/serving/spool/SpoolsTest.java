package io.millrace.serving.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.format.AnswerFormat;
import io.millrace.serving.format.AnswerWriter;
import io.millrace.view.query.QueryPlan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpoolsTest {
  @TempDir private Path dir;

  @Test
  void shouldKeepWhatIsLargeInAFileWithoutAName() throws IOException {
    byte[] large = new byte[3 << 20];
    new Random(1).nextBytes(large);
    Spools spools = new Spools(dir, 4 << 20);
    AnswerBytes bytes = spools.plain();
    bytes.out().write(large);
    bytes.finish();

    KeptAnswer kept = bytes.kept();
    bytes.close();

    assertThat(kept.length()).isEqualTo(large.length);
    assertThat(kept.onHeap()).isZero();
    assertThat(spools.used()).isEqualTo(large.length);
    assertThat(dir).isEmptyDirectory();
    ByteBuffer piece = kept.read(2_000_000, 1_000);
    assertThat(piece).isEqualTo(ByteBuffer.wrap(large, 2_000_000, 1_000));
    assertThat(kept.bytes()).isEqualTo(large);
    kept.close();
    kept.close();
    assertThat(spools.used()).isZero();
  }

  @Test
  void shouldTakeNoMoreOfTheDiskThanThereIsRoomFor() throws IOException {
    Spools spools = new Spools(dir, 1 << 20);
    try (AnswerBytes bytes = spools.plain()) {
      byte[] piece = new byte[1 << 20];
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10; i++) {
                  bytes.out().write(piece);
                }
              })
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BUSY))
          .hasMessage(
              "cannot answer now: found more than 8388608 bytes of answers that clients have not"
                  + " read yet, expected fewer; ask again, or another replica");
      assertThat(spools.used()).isPositive();
    }
    assertThat(spools.used()).isZero();
  }

  @Test
  void shouldSayAtWhichRowAnAnswerIsTooLong() {
    Spools spools = new Spools(dir, 1_000_000);
    String text = "x".repeat(300_000);
    try (AnswerWriter answer = AnswerWriter.of(AnswerFormat.CSV, spools.plain())) {
      answer.begin(List.of(new QueryPlan.Column("a", "STRING")), List.of(), List.of(), List.of());
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10; i++) {
                  answer.row(List.of(text));
                }
              })
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUERY_LIMIT))
          .hasMessage(
              "cannot answer: found more than 1000000 bytes by row 4, expected fewer; ask for fewer"
                  + " rows or columns, or raise serving.sql.bytes");
    }
    assertThat(spools.used()).isZero();
  }
}

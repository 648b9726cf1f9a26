package io.millrace.lake;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RowChecksumTest {
  private record Row(byte[] key, byte[] state) {}

  @Test
  void shouldHashAsXxHash64Does() {
    assertThat(hash("")).isEqualTo(0xEF46DB3751D8E999L);
    assertThat(hash("a")).isEqualTo(0xD24EC4F1A98C6E5BL);
    assertThat(hash("abc")).isEqualTo(0x44BC2CF5AD770999L);
    assertThat(hash("Nobody inspects the spammish repetition")).isEqualTo(0xFBCEA83C8A378BF1L);
  }

  @Test
  void shouldNotDependOnTheOrderAndNoticeEachChange() {
    long seed = Long.getLong("millrace.seed", System.nanoTime());
    System.out.println("RowChecksumTest seed " + seed);
    Random random = new Random(seed);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(new Row(bytes(random, 1 + random.nextInt(50)), bytes(random, random.nextInt(99))));
    }
    String written = checksum(rows);
    assertThat(RowChecksum.knows(written)).isTrue();
    assertThat(checksum(List.of())).isEqualTo("xxh64:0000000000000000");

    List<Row> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, random);
    assertThat(checksum(shuffled)).isEqualTo(written);

    Row one = rows.get(random.nextInt(rows.size()));
    List<Row> twice = new ArrayList<>(rows);
    twice.add(one);
    assertThat(checksum(twice)).isNotEqualTo(written);
    byte[] other = one.key().clone();
    other[random.nextInt(other.length)] ^= (byte) (1 << random.nextInt(8));
    List<Row> flipped = new ArrayList<>(rows);
    flipped.set(rows.indexOf(one), new Row(other, one.state()));
    assertThat(checksum(flipped)).isNotEqualTo(written);
    List<Row> exchanged = new ArrayList<>(rows);
    exchanged.set(0, new Row(rows.get(0).key(), bytes(random, 100)));
    assertThat(checksum(exchanged)).isNotEqualTo(written);
  }

  private static String checksum(List<Row> rows) {
    RowChecksum sum = new RowChecksum();
    rows.forEach(row -> sum.add(row.key(), row.state()));
    return sum.text();
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static long hash(String text) {
    return RowChecksum.hash(text.getBytes(StandardCharsets.UTF_8), 0);
  }
}

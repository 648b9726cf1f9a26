package io.millrace.speed;

import io.millrace.control.Progress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** A {@link Progress} as a line of text. */
final class ProgressText {
  private ProgressText() {}

  static byte[] encode(Progress p) {
    return String.join(
            ";",
            Long.toString(p.birth()),
            p.cuts().stream().map(String::valueOf).collect(Collectors.joining(",")),
            Long.toString(p.position()),
            Long.toString(p.rejected()),
            Long.toString(p.failed()),
            Long.toString(p.flushedAtMs()),
            Long.toString(p.recordTimestampMs()),
            p.instance())
        .getBytes(StandardCharsets.UTF_8);
  }

  static Progress decode(byte[] bytes) {
    String[] f = new String(bytes, StandardCharsets.UTF_8).split(";");
    return new Progress(
        Long.parseLong(f[0]),
        Arrays.stream(f[1].split(",")).map(Long::valueOf).toList(),
        Long.parseLong(f[2]),
        Long.parseLong(f[3]),
        Long.parseLong(f[4]),
        Long.parseLong(f[5]),
        Long.parseLong(f[6]),
        f[7]);
  }
}

package io.millrace.testkit.laws;

import io.millrace.view.GroupKey;
import io.millrace.view.GroupState;
import io.millrace.view.SourceRow;
import io.millrace.view.ViewProgram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.Row;

/** A program with the groups it has seen, kept on heap as the speed layer keeps them. */
final class ProgramRun {
  private final ViewProgram program;
  private final Function<Row, SourceRow> source;
  private final Map<GroupKey, GroupState> groups = new LinkedHashMap<>();

  /** States that were handed in, to be decoded when a row asks for their group. */
  private final Map<ByteBuffer, byte[]> stored;

  ProgramRun(ViewProgram program, Function<Row, SourceRow> source, Map<ByteBuffer, byte[]> stored) {
    this.program = program;
    this.source = source;
    this.stored = new LinkedHashMap<>(stored);
  }

  ProgramRun update(List<Row> rows) {
    for (Row row : rows) {
      program.update(source.apply(row), this::state);
    }
    return this;
  }

  private GroupState state(GroupKey key) {
    GroupState known = groups.get(key);
    if (known != null) {
      return known;
    }
    GroupKey kept = key.copy();
    byte[] bytes = stored.remove(ByteBuffer.wrap(kept.toBytes()));
    GroupState state = bytes == null ? program.newState() : decoded(program, bytes);
    groups.put(kept, state);
    return state;
  }

  /** Decodes, then destroys the array: a state that still points into it shows. */
  static GroupState decoded(ViewProgram program, byte[] bytes) {
    byte[] array = bytes.clone();
    GroupState state = program.decodeState(array);
    Arrays.fill(array, (byte) 0x5A);
    return state;
  }

  /** Encoded states by encoded key. */
  Map<ByteBuffer, byte[]> encoded() {
    Map<ByteBuffer, byte[]> states = new LinkedHashMap<>(stored);
    List<byte[]> arrays = new ArrayList<>();
    groups.forEach(
        (key, state) -> {
          byte[] bytes = program.encodeState(state);
          byte[] before = states.put(ByteBuffer.wrap(key.toBytes()), bytes);
          if (before != null) {
            throw new AssertionError("two group keys that differ have the same bytes: " + key);
          }
          arrays.add(bytes.clone());
        });
    int i = 0;
    for (GroupKey key : groups.keySet()) {
      if (!Arrays.equals(arrays.get(i++), states.get(ByteBuffer.wrap(key.toBytes())))) {
        throw new AssertionError("encoding a state changed the bytes of another: " + key);
      }
    }
    return states;
  }
}

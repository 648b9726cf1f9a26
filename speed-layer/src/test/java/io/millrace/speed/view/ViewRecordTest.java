package io.millrace.speed.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ViewRecordTest {
  private static final List<Segments.Segment> SEGMENTS =
      List.of(new Segments.Segment(10, 1_000, 2, 64), new Segments.Segment(20, 2_000, 1, 32));

  @Test
  void shouldReadWhatItWrote() {
    for (Optional<String> id : List.of(Optional.<String>empty(), Optional.of("topic-1"))) {
      for (Optional<Chore> chore :
          List.of(
              Optional.<Chore>empty(),
              Optional.of(Chore.of(Chore.Kind.FORGET, 0)),
              Optional.of(Chore.of(Chore.Kind.MERGE, 15).at(17, new byte[] {1, 2})))) {
        for (Optional<StoppedView> stopped :
            List.of(Optional.<StoppedView>empty(), Optional.of(new StoppedView("too large", 7)))) {
          ViewRecord record =
              new ViewRecord("v/1", 3, true, 10, 4, 5, SEGMENTS, id, chore, stopped);
          assertThat(ViewRecord.fromBytes(record.toBytes())).isEqualTo(record);
        }
      }
    }
  }

  @Test
  void shouldReadTheLayoutBefore() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(1);
      out.writeUTF("v/1");
      out.writeInt(3);
      out.writeBoolean(false);
      out.writeLong(10);
      out.writeLong(4);
      out.writeLong(5);
      out.writeInt(1);
      out.writeLong(10);
      out.writeLong(1_000);
      out.writeLong(2);
      out.writeLong(64);
    }
    assertThat(ViewRecord.fromBytes(bytes.toByteArray()))
        .isEqualTo(
            new ViewRecord(
                "v/1",
                3,
                false,
                10,
                4,
                5,
                SEGMENTS.subList(0, 1),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
  }

  @Test
  void shouldRefuseALayoutItDoesNotKnow() {
    byte[] bytes = ViewRecord.born("v/1", 0, 0, 0).toBytes();
    bytes[0] = 9;
    assertThatThrownBy(() -> ViewRecord.fromBytes(bytes))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("found layout 9");
  }
}

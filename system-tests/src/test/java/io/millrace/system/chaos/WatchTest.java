package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.control.error.ErrorCode;
import io.millrace.control.model.Position;
import io.millrace.system.Answer;
import io.millrace.system.CheckedView;
import io.millrace.testkit.oracle.EventLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What judges under faults sees one wrong row, one lost or doubled event, one step back. */
class WatchTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Position END = Position.parse("0:100");

  private final Watch watch = new Watch();

  @Test
  void shouldFindNothingInARightAnswer() {
    CheckedView<Sale> oracle = Shop.oracle("returned", log(-1, -1));
    assertThat(oracle.differences(answer(END, log(-1, -1)))).isEmpty();
    assertThat(oracle.equal()).isEqualTo(1);
  }

  @Test
  void shouldFindALostEvent() {
    assertThat(Shop.oracle("returned", log(-1, -1)).differences(answer(END, log(17, -1))))
        .hasSize(2)
        .allMatch(difference -> difference.startsWith("returned at 0:100 (run ): [shop-3]"))
        .anyMatch(difference -> difference.contains(".sales expected 25, found "));
  }

  @Test
  void shouldFindADoubledEvent() {
    assertThat(Shop.oracle("returned", log(-1, -1)).differences(answer(END, log(-1, 17))))
        .isNotEmpty();
  }

  @Test
  void shouldFindARowThatIsMissingAndOneThatShouldNotBe() {
    Answer right = answer(END, log(-1, -1));
    Answer short1 = new Answer("returned", "", END, END, right.rows().subList(1, 5));
    assertThat(Shop.oracle("returned", log(-1, -1)).differences(short1))
        .singleElement()
        .asString()
        .contains("a row is missing");

    List<Map<String, JsonNode>> more = new ArrayList<>(right.rows());
    Map<String, JsonNode> row = new LinkedHashMap<>(more.get(0));
    row.put("shop", JSON.getNodeFactory().textNode("shop-none"));
    more.add(row);
    assertThat(
            Shop.oracle("returned", log(-1, -1))
                .differences(new Answer("returned", "", END, END, more)))
        .singleElement()
        .asString()
        .contains("a row that should not be");
  }

  @Test
  void shouldFindAnAnswerOfAnotherPositionThanItSays() {
    Answer ahead = answer(Position.parse("0:99"), log(-1, -1));
    assertThat(Shop.oracle("returned", log(-1, -1)).differences(ahead)).isNotEmpty();
  }

  @Test
  void shouldFindAPositionThatGoesBack() {
    watch.answered(Member.SERVING_A, at("0:5,1:7"));
    watch.answered(Member.SERVING_B, at("0:4,1:9"));
    watch.answered(Member.SERVING_A, at("0:5,1:8"));
    assertThat(watch.breaches()).isEmpty();
    watch.answered(Member.SERVING_A, at("0:9,1:7"));
    assertThat(watch.breaches())
        .singleElement()
        .asString()
        .contains("SERVING_A returned went back from 0:5,1:8 to 0:9,1:7");
  }

  @Test
  void shouldTakeOnlyRefusalsThatWereToBeExpectedAndNameTheirReason() {
    Tolerance starting = new Tolerance(Set.of(ErrorCode.VIEW_NOT_READY), Set.of(Member.SERVING_A));
    watch.during("a kill", starting);
    String notReady = "{\"code\":\"VIEW_NOT_READY\",\"message\":\"cannot answer: found …\"}";
    watch.refused(Member.SERVING_A, "returned", notReady, starting);
    watch.silent(Member.SERVING_A, "returned", new IOException("refused"), starting);
    assertThat(watch.breaches()).isEmpty();

    watch.refused(Member.SERVING_A, "returned", "<html>503</html>", starting);
    watch.refused(Member.SERVING_A, "returned", notReady.replace("cannot", "can"), starting);
    watch.refused(
        Member.SERVING_A, "returned", notReady.replace("VIEW_NOT_READY", "INTERNAL"), starting);
    watch.silent(Member.SERVING_B, "returned", new IOException("refused"), starting);
    watch.refused(Member.SERVING_B, "returned", notReady, starting);
    assertThat(watch.breaches()).hasSize(5);

    watch.during("nothing", Tolerance.NONE);
    watch.refused(Member.SERVING_A, "returned", notReady, starting);
    assertThat(watch.breaches()).as("asked while it was to be expected").hasSize(5);
    watch.refused(Member.SERVING_A, "returned", notReady, Tolerance.NONE);
    assertThat(watch.breaches()).hasSize(6);
    assertThat(watch.refusals())
        .isEqualTo(Map.of("VIEW_NOT_READY", 4, "INTERNAL", 1, "no reason", 2, "silent", 2));
  }

  @Test
  void shouldMakeTheSameScheduleOfTheSameSeed() {
    assertThat(Schedule.whole(7)).hasToString(Schedule.whole(7).toString());
    assertThat(Schedule.whole(7).toString()).isNotEqualTo(Schedule.whole(8).toString());
    assertThat(Sale.next(new SplittableRandom(7), 1))
        .isEqualTo(Sale.next(new SplittableRandom(7), 1))
        .isNotEqualTo(Sale.next(new SplittableRandom(8), 1));
  }

  private static Answer at(String live) {
    return new Answer("returned", "", Position.empty(), Position.parse(live), List.of());
  }

  /** A hundred events, without one of them, or with one twice. */
  private static EventLog<Sale> log(int lost, int doubled) {
    EventLog<Sale> log = new EventLog<>();
    SplittableRandom random = new SplittableRandom(20260131);
    for (int i = 0; i < 100; i++) {
      Sale sale = Sale.next(random, i);
      if (i != lost) {
        log.add(0, sale);
      }
      if (i == doubled) {
        log.add(1, sale);
      }
    }
    return log;
  }

  /** What a system would answer that has counted all of {@code counted}, and says {@code live}. */
  private static Answer answer(Position live, EventLog<Sale> counted) {
    List<Map<String, JsonNode>> rows = new ArrayList<>();
    Shop.oracle("returned", counted)
        .rows(Position.parse("0:100,1:100"))
        .forEach(
            (key, values) -> {
              Map<String, JsonNode> row = new LinkedHashMap<>();
              row.put("shop", JSON.valueToTree(key.get(0)));
              row.put("sales", JSON.valueToTree(values.get(0)));
              row.put("amount", JSON.valueToTree(values.get(1)));
              rows.add(row);
            });
    return new Answer("returned", "", Position.empty(), live, rows);
  }
}

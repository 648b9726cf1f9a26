package io.millrace.testkit.laws;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.view.GroupState;
import io.millrace.view.Groups;
import io.millrace.view.SourceRow;
import io.millrace.view.ViewProgram;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The kit notices each way in which a program can be wrong. */
final class ViewLawsTest {
  private static final String SELECT =
      "SELECT k, count(*) AS n, sum(u) AS u, max(s) AS s FROM things GROUP BY k";
  private static final long SEED = 7;

  @Test
  void shouldFindNothingWrongWithARightProgram() {
    hold(program -> program);
  }

  @Test
  void shouldNoticeAMergeThatDoesNothing() {
    breaks(
        "identity|split and merge",
        program ->
            new Altered(program) {
              @Override
              public void merge(GroupState into, GroupState from) {}
            });
  }

  @Test
  void shouldNoticeAMergeThatAddsTwice() {
    breaks(
        "identity|split and merge",
        program ->
            new Altered(program) {
              @Override
              public void merge(GroupState into, GroupState from) {
                super.merge(into, from);
                super.merge(into, from);
              }
            });
  }

  @Test
  void shouldNoticeAMergeThatChangesWhatItMerges() {
    breaks(
        "no sharing",
        program ->
            new Altered(program) {
              @Override
              public void merge(GroupState into, GroupState from) {
                super.merge(into, from);
                super.merge(from, into);
              }
            });
  }

  @Test
  void shouldNoticeALostUpdate() {
    breaks(
        "one pass",
        program ->
            new Altered(program) {
              private int rows;

              @Override
              public void update(SourceRow row, Groups groups) {
                if (++rows != 5) {
                  super.update(row, groups);
                }
              }
            });
  }

  @Test
  void shouldNoticeAGroupThatIsNotEvaluated() {
    breaks(
        "one pass",
        program ->
            new Altered(program) {
              @Override
              public Optional<List<Object>> evaluate(byte[] key, GroupState state) {
                return super.evaluate(key, state).filter(row -> !"k1".equals(row.get(0)));
              }
            });
  }

  @Test
  void shouldNoticeAStateThatIsForgottenInBytes() {
    breaks(
        "one pass",
        program ->
            new Altered(program) {
              @Override
              public GroupState decodeState(byte[] bytes) {
                return super.newState();
              }
            });
  }

  @Test
  void shouldNoticeAStateThatKeepsPointingIntoItsBytes() {
    breaks(
        "one pass",
        program ->
            new Altered(program) {
              private byte[] last;

              @Override
              public GroupState decodeState(byte[] bytes) {
                last = bytes;
                return super.decodeState(bytes);
              }

              @Override
              public Optional<List<Object>> evaluate(byte[] key, GroupState state) {
                boolean destroyed = last != null && last.length > 1 && last[0] == last[1];
                return super.evaluate(key, destroyed ? super.newState() : state);
              }
            });
  }

  @Test
  void shouldNoticeAnIdentityThatIsNone() {
    breaks(
        "identity",
        program ->
            new Altered(program) {
              private GroupState fed;

              @Override
              public void update(SourceRow row, Groups groups) {
                super.update(row, groups);
                super.update(row, key -> fed = super.newState());
              }

              @Override
              public void merge(GroupState into, GroupState from) {
                super.merge(into, from);
                super.merge(into, fed == null ? from : fed);
              }
            });
  }

  private static void breaks(String law, UnaryOperator<ViewProgram> broken) {
    assertThatThrownBy(() -> hold(broken))
        .isInstanceOf(AssertionError.class)
        .message()
        .matches("(?s)view kit breaks the law '(" + law + ").*\\(seed 7, 80 rows\\).*");
  }

  private static void hold(UnaryOperator<ViewProgram> programs) {
    ViewLaws.of(Things.view("kit", SELECT)).programs(programs).hold(Things.rows(SEED, 80), SEED);
  }

  /** A program that does what another does, where it is not overridden. */
  private static class Altered implements ViewProgram {
    private final ViewProgram right;

    Altered(ViewProgram right) {
      this.right = right;
    }

    @Override
    public void update(SourceRow row, Groups groups) {
      right.update(row, groups);
    }

    @Override
    public GroupState newState() {
      return right.newState();
    }

    @Override
    public GroupState decodeState(byte[] bytes) {
      return right.decodeState(bytes);
    }

    @Override
    public byte[] encodeState(GroupState state) {
      return right.encodeState(state);
    }

    @Override
    public void merge(GroupState into, GroupState from) {
      right.merge(into, from);
    }

    @Override
    public Optional<List<Object>> evaluate(byte[] key, GroupState state) {
      return right.evaluate(key, state);
    }
  }
}

package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.model.Position;
import java.io.IOException;
import java.util.Set;

/** Processes that are killed, that stand still, and that are there twice. */
final class ProcessFaults {
  private static final Set<ErrorCode> STARTING =
      Set.of(ErrorCode.VIEW_NOT_READY, ErrorCode.VIEW_UNKNOWN);

  private ProcessFaults() {}

  /** {@code kill -9}, and started again after a while. */
  static Fault kill(Member member) {
    return new OfMember("kill " + member, member) {
      @Override
      void strike(Scene scene) {
        scene.system().kill(member);
        assertThat(scene.system().alive(member)).isFalse();
        if (Member.REPLICAS.contains(member)) {
          assertThatThrownBy(() -> scene.system().http(member).json("/v1/views"))
              .isInstanceOf(IOException.class);
        }
      }

      @Override
      void heal(Scene scene) {
        scene.system().start(member);
      }
    };
  }

  /** {@code SIGSTOP}, and {@code SIGCONT} after a while. */
  static Fault pause(Member member, int leastSeconds, int mostSeconds) {
    return new OfMember("pause " + member, member) {
      private Position end;

      @Override
      void strike(Scene scene) throws Exception {
        Signals.stop(scene.system().pid(member));
        end = scene.system().ends().get(Shop.SALES);
      }

      @Override
      void lasts(Scene scene) throws Exception {
        scene.pass(leastSeconds, mostSeconds);
        if (member == Member.SPEED) {
          Position now = scene.system().ends().get(Shop.SALES);
          assertThat(now).as("events go on").isNotEqualTo(end);
          assertThat(scene.system().http(Member.SERVING_A).live("by_item").covers(now))
              .as("live state without the speed layer")
              .isFalse();
        }
      }

      @Override
      void heal(Scene scene) {
        Signals.goOn(scene.system().pid(member));
      }
    };
  }

  /** The broker ends as it does on {@code SIGTERM}, and is started again after a while. */
  static Fault stopBroker() {
    return new Fault("stop the broker") {
      @Override
      void strike(Scene scene) {
        scene.system().broker().stop();
      }

      @Override
      void heal(Scene scene) {
        scene.system().broker().restart();
      }
    };
  }

  /** {@code SIGSTOP} of the broker, and {@code SIGCONT}. */
  static Fault pauseBroker(int leastSeconds, int mostSeconds) {
    return new Fault("pause the broker") {
      @Override
      void strike(Scene scene) {
        Signals.stop(scene.system().broker().pid());
      }

      @Override
      void lasts(Scene scene) {
        scene.pass(leastSeconds, mostSeconds);
      }

      @Override
      void heal(Scene scene) {
        Signals.goOn(scene.system().broker().pid());
      }
    };
  }

  /**
   * {@code kill -9} of the broker while the speed layer stands still and so has no transaction on
   * its way: a broker of one node can lose the markers of one that is ({@code
   * docs/decisions/0302}), which is Kafka's own fault.
   */
  static Fault killBroker() {
    return new Fault("kill the broker") {
      @Override
      void strike(Scene scene) throws Exception {
        Signals.stop(scene.system().pid(Member.SPEED));
        scene.pass(2, 3);
        scene.system().broker().kill();
      }

      @Override
      void heal(Scene scene) {
        scene.system().broker().restart();
        Signals.goOn(scene.system().pid(Member.SPEED));
      }
    };
  }

  /** Two drivers archive and run the same views at the same time. */
  static Fault twoDrivers() {
    return new Fault("two drivers") {
      @Override
      void strike(Scene scene) {
        scene.system().start(Member.SECOND_BATCH);
      }

      @Override
      void lasts(Scene scene) {
        scene.system().awaitReady(Member.SECOND_BATCH);
        scene.pass(20, 30);
        assertThat(scene.system().alive(Member.BATCH)).isTrue();
        assertThat(scene.system().alive(Member.SECOND_BATCH)).isTrue();
      }

      @Override
      void heal(Scene scene) {
        scene.system().kill(Member.SECOND_BATCH);
      }

      @Override
      boolean untilRun() {
        return true;
      }
    };
  }

  abstract static class OfMember extends Fault {
    final Member member;

    OfMember(String name, Member member) {
      super(name);
      this.member = member;
    }

    @Override
    Set<ErrorCode> refusals() {
      return Member.REPLICAS.contains(member) ? STARTING : Set.of();
    }

    @Override
    Set<Member> silent() {
      return Member.REPLICAS.contains(member) ? Set.of(member) : Set.of();
    }

    @Override
    boolean untilRun() {
      return member == Member.BATCH;
    }
  }
}

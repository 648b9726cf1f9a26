package io.millrace.system.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testkit.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A random schedule of faults, one after the other, against a whole system under load, while both
 * replicas are asked for every view all the time: every answer is that of the oracle at its
 * position or an error that names the reason, positions of a replica never go back, and after each
 * fault every view comes back by itself.
 *
 * <p>{@code -Dmillrace.chaos.seed=N} replays a schedule: events, faults, their order and choices;
 * {@code -Dmillrace.chaos.seeds=N} is how many seeds from there the long form takes, {@code
 * -Dmillrace.chaos.only=TEXT} which of its faults, by a regular expression of their names.
 */
class ChaosIT {
  private static final long SEED = Long.getLong("millrace.chaos.seed", 32);
  private static final int SEEDS = Integer.getInteger("millrace.chaos.seeds", 3);

  private static final Pattern ONLY =
      Pattern.compile(System.getProperty("millrace.chaos.only", ""));

  /** When the short form strikes no more: with start and end it takes five minutes at most. */
  private static final Duration BRIEF = Duration.ofSeconds(210);

  /** Faults that strike on the slowest machine too. */
  private static final int LEAST = 4;

  private static final Duration LAST_ANSWERS = Duration.ofMinutes(2);

  @Test
  void shouldAnswerExactlyOrSayWhyThroughAFewMinutesOfFaults() throws Exception {
    assertThat(run(SEED, Schedule.brief(SEED), BRIEF)).isGreaterThanOrEqualTo(LEAST);
  }

  @Test
  @Tag("long")
  void shouldAnswerExactlyOrSayWhyThroughEveryFault() throws Exception {
    for (long seed = SEED; seed < SEED + SEEDS; seed++) {
      List<Fault> faults =
          Schedule.whole(seed).stream().filter(f -> ONLY.matcher(f.toString()).find()).toList();
      assertThat(faults).as("faults called %s", ONLY).isNotEmpty();
      assertThat(run(seed, faults, Duration.ofHours(1))).isEqualTo(faults.size());
    }
  }

  /** Returns how many faults struck before {@code time} was up, and {@link #LEAST} at least. */
  private static int run(long seed, List<Fault> faults, Duration time) throws Exception {
    Instant began = Instant.now();
    System.out.printf("chaos: replay with -Dmillrace.chaos.seed=%d%n", seed);
    Path directory = Path.of("target/chaos-" + seed + "-" + began.toEpochMilli());
    List<String> struck = new ArrayList<>();
    Watch watch = new Watch();
    try (ChaosSystem system = new ChaosSystem(directory);
        Traffic traffic = new Traffic(system.bootstrapServers(), seed)) {
      Eventually.await(
          "events everywhere",
          LAST_ANSWERS,
          () ->
              system.ends().entrySet().stream()
                  .allMatch(e -> e.getValue().offsets().size() == e.getKey().partitions));
      Member.USUAL.forEach(system::awaitReady);
      system.awaitWell("live at first", Set.of(Shop.values()), false);
      // A run over what was live before it: it has been audited, and faults may touch it.
      system.awaitWell("at first", Set.of(Shop.values()), true);
      try (Sampling sampling = new Sampling(system, watch)) {
        Scene scene = new Scene(system, traffic, sampling, watch, new SplittableRandom(seed));
        for (Fault fault : faults) {
          boolean late = Duration.between(began, Instant.now()).compareTo(time) > 0;
          if (late && struck.size() >= LEAST) {
            break;
          }
          strike(fault, scene, began);
          struck.add(fault.toString());
        }
        long sent = traffic.stop();
        system.awaitWell("at last", sampling.watched(), false);
        sampling.stop(LAST_ANSWERS);
        System.out.printf(
            "chaos: seed %d: %d faults, %d events, %d answers, %d equal the oracle (%d joined one"
                + " of %d runs with live state); refused or silent: %s; breaches: %d; %d s%n",
            seed,
            struck.size(),
            sent,
            sampling.checked(),
            sampling.equal(),
            sampling.withLive(),
            sampling.runs(),
            watch.refusals(),
            watch.breaches().size(),
            Duration.between(began, Instant.now()).toSeconds());
        assertThat(watch.breaches()).as("seed %d, %s", seed, struck).isEmpty();
        assertThat(sampling.checked()).isGreaterThan(100).isEqualTo(sampling.equal());
        assertThat(sampling.withLive()).as("answers that used the seam").isGreaterThan(30);
      }
    }
    return struck.size();
  }

  private static void strike(Fault fault, Scene scene, Instant began) throws Exception {
    Instant at = Instant.now();
    scene.watch().during(fault.toString(), new Tolerance(fault.refusals(), fault.silent()));
    try {
      fault.strike(scene);
      fault.lasts(scene);
    } finally {
      fault.heal(scene);
    }
    Instant healed = Instant.now();
    scene.system().awaitWell("after " + fault, scene.sampling().watched(), fault.untilRun());
    scene.watch().during("the time after " + fault, Tolerance.NONE);
    System.out.printf(
        "  %4d s  %-40s struck for %3d s, well %3d s later%n",
        Duration.between(began, at).toSeconds(),
        fault,
        Duration.between(at, healed).toSeconds(),
        Duration.between(healed, Instant.now()).toSeconds());
  }
}

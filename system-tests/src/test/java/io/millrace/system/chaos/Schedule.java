package io.millrace.system.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Which faults strike, in an order that a seed says. Stateless. */
final class Schedule {
  private Schedule() {}

  /** What every build has time for. */
  static List<Fault> brief(long seed) {
    return shuffled(seed, usual(2, 6));
  }

  /** All there are; those that change the topics for good come last. */
  static List<Fault> whole(long seed) {
    List<Fault> faults = usual(5, 70);
    faults.add(ProcessFaults.killBroker());
    faults.add(ProcessFaults.twoDrivers());
    faults.add(
        StateFaults.deleteState(Member.SPEED, Member.BATCH, Member.SERVING_A, Member.SERVING_B));
    faults.add(LakeFaults.truncatedFile());
    faults.add(LakeFaults.deletedFile());
    faults.add(LakeFaults.doubledFileWhileNobodyLooks());
    faults.add(ViewFaults.editedState("by_minute"));
    for (Member member : Member.USUAL) {
      faults.add(MachineFaults.fullDisk(member));
      faults.add(MachineFaults.startOnFullDisk(member));
      FakeTime.find().ifPresent(library -> faults.add(ClockFaults.ofProcess(member, library)));
    }
    if (FakeTime.find().isEmpty()) {
      System.out.println(
          "chaos: no process gets a clock that is off: found no libfaketime, which Debian has in a"
              + " package of that name; -Dmillrace.chaos.faketime=PATH says where it is");
    }
    faults.add(ClockFaults.ofProducers(Duration.ofMinutes(59)));
    faults.add(ClockFaults.ofProducers(Duration.ofHours(-1)));
    faults.add(TopicFaults.retention());
    faults.add(MachineFaults.busyLoops(6));
    List<Fault> whole = shuffled(seed, faults);
    whole.add(TopicFaults.addPartition());
    whole.add(TopicFaults.recreateSource());
    return whole;
  }

  private static List<Fault> usual(int leastSeconds, int mostSeconds) {
    List<Fault> faults = new ArrayList<>();
    for (Member member : Member.USUAL) {
      faults.add(ProcessFaults.kill(member));
      faults.add(ProcessFaults.pause(member, leastSeconds, mostSeconds));
    }
    faults.add(ProcessFaults.stopBroker());
    faults.add(ProcessFaults.pauseBroker(leastSeconds, Math.min(20, mostSeconds)));
    faults.add(StateFaults.deleteState(Member.SPEED));
    faults.add(StateFaults.deleteState(Member.SERVING_A, Member.SERVING_B));
    faults.add(LakeFaults.doubledFile());
    faults.add(TopicFaults.recreateSpeedTopic("by_item"));
    return faults;
  }

  private static List<Fault> shuffled(long seed, List<Fault> faults) {
    List<Fault> shuffled = new ArrayList<>(faults);
    Collections.shuffle(shuffled, new Random(seed));
    return shuffled;
  }
}

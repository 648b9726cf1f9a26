package io.millrace.system.chaos;

import io.millrace.control.error.ErrorCode;
import java.util.Set;

/** Something that is done to a running system, and undone. Used once. */
abstract class Fault {
  private final String name;

  Fault(String name) {
    this.name = name;
  }

  /** Does it, and fails if it does not bite. */
  abstract void strike(Scene scene) throws Exception;

  /** Returns when what must be seen of it was seen. */
  void lasts(Scene scene) throws Exception {
    scene.pass(1, 4);
  }

  /** Undoes it. What it took to come back is not the system's business. */
  abstract void heal(Scene scene) throws Exception;

  /** Reasons a question may be refused for, from the strike until all is well again. */
  Set<ErrorCode> refusals() {
    return Set.of();
  }

  /** Replicas that may not answer at all, from the strike until all is well again. */
  Set<Member> silent() {
    return Set.of();
  }

  /** Whether all is well only with a run past what there was when it was undone. */
  boolean untilRun() {
    return false;
  }

  @Override
  public final String toString() {
    return name;
  }
}

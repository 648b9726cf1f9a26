package io.millrace.system.chaos;

import io.millrace.control.error.ErrorCode;
import java.util.Set;

/**
 * What may be seen of the system besides right answers.
 *
 * @param refusals reasons a question may be refused for
 * @param silent replicas that may not answer at all; if there are any, they alone may refuse
 */
record Tolerance(Set<ErrorCode> refusals, Set<Member> silent) {
  static final Tolerance NONE = new Tolerance(Set.of(), Set.of());

  boolean refusal(Member replica, ErrorCode code) {
    return refusals.contains(code) && (silent.isEmpty() || silent.contains(replica));
  }
}

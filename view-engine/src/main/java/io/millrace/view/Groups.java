package io.millrace.view;

/** Where a program finds the state that a row is to update. */
@FunctionalInterface
public interface Groups {
  /**
   * @param key reused by the caller: copy it to keep it
   * @return the group's state, which the caller now changes; never null (a new group's is {@link
   *     ViewProgram#newState})
   */
  GroupState state(GroupKey key);
}

package io.millrace.speed.view;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Why a view stands still on a partition. What it had at its last commit stays, and answers for it.
 *
 * @param reason for a person, with what to do
 * @param stateBytes size of the state that was too large; 0 if it was not for its size
 */
public record StoppedView(String reason, long stateBytes) {
  /** Long texts are cut: {@link DataOutputStream#writeUTF} takes 64 KiB. */
  private static final int LONGEST = 4_000;

  public StoppedView {
    reason = reason.length() > LONGEST ? reason.substring(0, LONGEST) : reason;
  }

  /** Whether what stopped the view may be over now: a limit that was raised, or a new process. */
  public boolean mayGoOn(long maxStateBytes) {
    return stateBytes <= maxStateBytes;
  }

  void write(DataOutputStream out) throws IOException {
    out.writeUTF(reason);
    out.writeLong(stateBytes);
  }

  static StoppedView read(DataInputStream in) throws IOException {
    return new StoppedView(in.readUTF(), in.readLong());
  }
}

package io.millrace.launcher.local.start;

import io.millrace.control.log.LayerStatus;
import io.millrace.launcher.local.process.ProcessState;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a process that starts shows of itself.
 *
 * @param pid −1 while there is none
 * @param state of the process, as its supervisor sees it
 * @param cpu processor time it has used, zero if that is not known
 * @param status what it says of itself, once it does
 * @param lines what it has printed and logged since it was looked at last
 */
record Signs(
    long pid, ProcessState state, Duration cpu, Optional<LayerStatus> status, List<String> lines) {}

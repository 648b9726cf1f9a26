package io.millrace.control.kafka;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.error.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.DelegationTokenAuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;

/**
 * Tells, in an exception of a Kafka client or around one, that Kafka was reached and refused: the
 * client is not who it says, or may not do what it asks. Waiting does not help then. Stateless.
 */
public final class KafkaRefusal {
  private KafkaRefusal() {}

  /**
   * @param thrown any exception; its causes are looked at too
   * @return {@code NOT_AUTHENTICATED} or {@code NOT_AUTHORIZED}, with what to do; empty if Kafka
   *     refused nothing
   */
  public static Optional<MillraceException> of(Throwable thrown) {
    List<Throwable> causes = causes(thrown);
    for (Throwable cause : causes) {
      if (cause instanceof MillraceException known
          && (known.code() == ErrorCode.NOT_AUTHENTICATED
              || known.code() == ErrorCode.NOT_AUTHORIZED)) {
        return Optional.of(known);
      }
      if (cause instanceof AuthenticationException) {
        return Optional.of(notAuthenticated(cause, thrown));
      }
      if (cause instanceof AuthorizationException refused) {
        return Optional.of(notAuthorized(refused, thrown));
      }
    }
    return Optional.empty();
  }

  /**
   * As {@link #of(Throwable)}, of a question about one topic: what an admin client throws does not
   * always say which topic was refused.
   */
  public static Optional<MillraceException> of(Throwable thrown, String topic) {
    for (Throwable cause : causes(thrown)) {
      if (cause instanceof TopicAuthorizationException unnamed
          && unnamed.unauthorizedTopics().isEmpty()) {
        return of(new TopicAuthorizationException(unnamed.getMessage(), Set.of(topic)));
      }
    }
    return of(thrown);
  }

  /**
   * The error to show a person for any failure: {@code thrown} itself if it says in Millrace's
   * words what is wrong, else the refusal behind it.
   */
  public static Optional<MillraceException> explain(Throwable thrown) {
    if (thrown instanceof MillraceException known
        && known.code() != ErrorCode.BROKER_UNREACHABLE
        && known.code() != ErrorCode.INTERNAL) {
      return Optional.of(known);
    }
    return of(thrown)
        .or(
            () ->
                thrown instanceof MillraceException known ? Optional.of(known) : Optional.empty());
  }

  private static MillraceException notAuthenticated(Throwable refused, Throwable thrown) {
    return new MillraceException(
        ErrorCode.NOT_AUTHENTICATED,
        "cannot log in to Kafka: found that one side does not accept the other ("
            + Reason.of(refused)
            + "), expected credentials and certificates that both know; correct"
            + " kafka.properties.sasl.* and kafka.properties.ssl.*, as docs/guide/security.md says",
        thrown);
  }

  private static MillraceException notAuthorized(AuthorizationException refused, Throwable thrown) {
    return new MillraceException(
        ErrorCode.NOT_AUTHORIZED,
        "cannot use "
            + what(refused)
            + ": found that Kafka refuses it ("
            + Reason.of(refused)
            + "), expected the rights of docs/guide/security.md; grant them to this user of Kafka,"
            + " as deploy/kafka/acls.sh prints them",
        thrown);
  }

  private static String what(AuthorizationException refused) {
    if (refused instanceof TopicAuthorizationException topic) {
      return topic.unauthorizedTopics().isEmpty()
          ? "a topic"
          : "topic " + String.join(", ", topic.unauthorizedTopics());
    }
    if (refused instanceof GroupAuthorizationException group) {
      return group.groupId() == null ? "a consumer group" : "consumer group " + group.groupId();
    }
    if (refused instanceof TransactionalIdAuthorizationException) {
      return "a transactional id";
    }
    if (refused instanceof ClusterAuthorizationException) {
      return "the cluster";
    }
    if (refused instanceof DelegationTokenAuthorizationException) {
      return "a delegation token";
    }
    return "Kafka";
  }

  private static List<Throwable> causes(Throwable thrown) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable at = thrown; at != null && !causes.contains(at); at = at.getCause()) {
      causes.add(at);
    }
    return causes;
  }
}

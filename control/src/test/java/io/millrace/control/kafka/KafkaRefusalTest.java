package io.millrace.control.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLHandshakeException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;

class KafkaRefusalTest {
  @Test
  void shouldNameWhatMayNotBeUsed() {
    MillraceException topic =
        KafkaRefusal.of(
                new IllegalStateException(
                    new ExecutionException(new TopicAuthorizationException(Set.of("orders")))))
            .orElseThrow();
    assertThat(topic.code()).isEqualTo(ErrorCode.NOT_AUTHORIZED);
    assertThat(topic)
        .hasMessage(
            "cannot use topic orders: found that Kafka refuses it (Not authorized to access topics:"
                + " [orders]), expected the rights of docs/guide/security.md; grant them to this"
                + " user of Kafka, as deploy/kafka/acls.sh prints them");
    assertThat(KafkaRefusal.of(GroupAuthorizationException.forGroupId("g")).orElseThrow())
        .hasMessageStartingWith("cannot use consumer group g: found that Kafka refuses it");
  }

  @Test
  void shouldNameTheTopicThatWasAskedForWhereTheAnswerDoesNot() {
    Throwable unnamed =
        new ExecutionException(new TopicAuthorizationException("Topic authorization failed."));
    assertThat(KafkaRefusal.of(unnamed, "orders").orElseThrow())
        .hasMessageStartingWith(
            "cannot use topic orders: found that Kafka refuses it (Topic authorization failed.)");
    Throwable named = new TopicAuthorizationException(Set.of("other"));
    assertThat(KafkaRefusal.of(named, "orders").orElseThrow())
        .hasMessageStartingWith("cannot use topic other: ");
    assertThat(KafkaRefusal.of(new TimeoutException("late"), "orders")).isEmpty();
  }

  @Test
  void shouldSayWhyNobodyIsLetIn() {
    MillraceException password =
        KafkaRefusal.of(new SaslAuthenticationException("invalid credentials")).orElseThrow();
    assertThat(password.code()).isEqualTo(ErrorCode.NOT_AUTHENTICATED);
    assertThat(password).hasMessageContaining("does not accept the other (invalid credentials),");
    assertThat(
            KafkaRefusal.of(
                    new SslAuthenticationException(
                        "SSL handshake failed",
                        new SSLHandshakeException("PKIX path building failed")))
                .orElseThrow())
        .hasMessageContaining("(SSL handshake failed: PKIX path building failed), expected");
  }

  @Test
  void shouldKeepWhatSaysMoreThanARefusal() {
    Throwable refused = new TopicAuthorizationException(Set.of("orders"));
    MillraceException said = new MillraceException(ErrorCode.TOPIC_MISSING, "create it", refused);
    MillraceException vague = new MillraceException(ErrorCode.BROKER_UNREACHABLE, "no", refused);
    MillraceException other = new MillraceException(ErrorCode.INTERNAL, "hm");
    assertThat(KafkaRefusal.explain(said)).containsSame(said);
    assertThat(KafkaRefusal.explain(vague).orElseThrow().code())
        .isEqualTo(ErrorCode.NOT_AUTHORIZED);
    assertThat(KafkaRefusal.explain(other)).containsSame(other);
    assertThat(KafkaRefusal.explain(new TimeoutException("late"))).isEmpty();
    assertThat(KafkaRefusal.of(new TimeoutException("late"))).isEmpty();
  }
}

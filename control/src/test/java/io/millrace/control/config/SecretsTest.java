package io.millrace.control.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sasl.jaas.config",
        "ssl.keystore.key",
        "ssl.keystore.password",
        "ssl.key.password",
        "ssl.truststore.password",
        "sasl.oauthbearer.client.credentials.client.secret",
        "sasl.oauthbearer.assertion.private.key.passphrase",
        "basic.auth.user.info",
        "s3.secret-access-key",
        "s3.access-key-id",
        "s3.session-token",
        "s3.sse.key",
        "adls.sas-token.account",
        "fs.azure.sas.fixed.token.account",
        "fs.azure.account.key.account",
        "spark.hadoop.fs.s3a.secret.key",
        "spark.hadoop.fs.s3a.access.key",
        "spark.ssl.keyPassword",
        "spark.authenticate.secret",
        "rest.credential",
        "jdbc.password",
        "encryption.key-id",
        "gcs.oauth2.token"
      })
  void shouldKnowSecretsByTheirNames(String name) {
    assertThat(Secrets.secret(name)).isTrue();
    assertThat(Secrets.hidden(Map.of(name, "hunter2"))).containsEntry(name, "*****");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "security.protocol",
        "sasl.mechanism",
        "ssl.truststore.location",
        "ssl.truststore.certificates",
        "ssl.keystore.certificate.chain",
        "key.serializer",
        "warehouse",
        "client.region",
        "spark.sql.shuffle.partitions"
      })
  void shouldShowWhatIsNone(String name) {
    assertThat(Secrets.secret(name)).isFalse();
  }

  @Test
  void shouldHidePasswordsWithinAddresses() {
    assertThat(
            Secrets.hidden(
                Map.of(
                    "uri", "jdbc:postgresql://me:hunter2@db:5432/x?ssl=1&password=hunter3&a=b",
                    "warehouse", "s3://bucket/path")))
        .containsEntry("uri", "jdbc:postgresql://me:*****@db:5432/x?ssl=1&password=*****&a=b")
        .containsEntry("warehouse", "s3://bucket/path");
  }
}

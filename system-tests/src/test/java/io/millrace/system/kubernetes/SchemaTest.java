package io.millrace.system.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** That the manifests are what the Kubernetes API takes, and that the check would say if not. */
class SchemaTest {
  static List<Manifest> manifests() {
    return Manifests.everything();
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void shouldFindEveryManifestInTheSchema(Manifest manifest) {
    assertThat(Schema.problems(manifest)).isEmpty();
  }

  /** Twins of our own manifests, each broken in one place. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          StatefulSet | add     | /spec/template/spec/containers/0/imagePolicy | "Always"  | imagePolicy
          StatefulSet | add     | /spec/replica                               | 2         | replica
          StatefulSet | replace | /spec/replicas                              | "two"     | two
          StatefulSet | replace | /spec/replicas                              | "2"       | spec.replicas
          StatefulSet | remove  | /spec/selector                              |           | selector
          StatefulSet | remove  | /spec/template/spec/containers/0/name       |           | name
          StatefulSet | replace | /spec/template/spec/containers/0/env/1/value | 9464     | env[1].value
          StatefulSet | replace | /spec/template/spec/containers/0/ports/0/containerPort | "monitor" | monitor
          StatefulSet | replace | /spec/template/spec/containers/0/args       | "--config" | args
          StatefulSet | add     | /spec/template/spec/containers/0/livenessProbe/httpGet/url | "/" | url
          StatefulSet | replace | /spec/template/spec/containers/0/resources/limits/memory | "2 gigs" | quantity
          StatefulSet | replace | /spec/template/spec/automountServiceAccountToken | "no" | automountServiceAccountToken
          Deployment  | replace | /apiVersion                                 | "apps/v2" | apps/v2
          Deployment  | add     | /spec/strategy/maxSurge                     | 1         | maxSurge
          CronJob     | remove  | /spec/schedule                              |           | schedule
          CronJob     | replace | /spec/jobTemplate/spec/podFailurePolicy/rules/0/onExitCodes/values/0 | "two" | two
          NetworkPolicy | replace | /spec/policyTypes                         | "Egress"  | policyTypes
          Role        | remove  | /rules/0/verbs                              |           | verbs
          RoleBinding | remove  | /roleRef                                    |           | roleRef
          ConfigMap   | replace | /data/MILLRACE_KAFKA_REPLICATION_FACTOR     | 3         | MILLRACE_KAFKA_REPLICATION_FACTOR
          PodDisruptionBudget | add | /spec/maxAvailable                      | 1         | maxAvailable
          """)
  void shouldRefuseABrokenTwin(String kind, String op, String path, String value, String expected)
      throws IOException {
    Manifest twin =
        Manifests.base().stream().filter(m -> m.kind().equals(kind)).findFirst().orElseThrow();
    assertThat(Schema.problems(twin)).as("before it is broken").isEmpty();
    String operation =
        value == null
            ? "{op: %s, path: %s}".formatted(op, path)
            : "{op: %s, path: %s, value: %s}".formatted(op, path, value);

    JsonPatch.apply(twin.tree(), Manifest.YAML.readTree(operation));

    assertThat(Schema.problems(twin)).anySatisfy(p -> assertThat(p).contains(expected));
  }
}

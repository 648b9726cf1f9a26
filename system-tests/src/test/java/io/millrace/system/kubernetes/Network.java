package io.millrace.system.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What network policies let through: the rules of Kubernetes for policies of one namespace, for
 * peers that are pods of it, pods of other namespaces, or addresses outside.
 */
final class Network {
  /**
   * One end of a connection.
   *
   * @param namespace labels of its namespace; empty: the one of the policies
   * @param pod its labels; empty: no pod, an address outside
   */
  record Peer(Optional<Map<String, String>> namespace, Optional<Map<String, String>> pod) {
    static Peer here(Map<String, String> pod) {
      return new Peer(Optional.empty(), Optional.of(pod));
    }

    static Peer in(Map<String, String> namespace, Map<String, String> pod) {
      return new Peer(Optional.of(namespace), Optional.of(pod));
    }

    static Peer outside() {
      return new Peer(Optional.empty(), Optional.empty());
    }

    private boolean isHere() {
      return namespace.isEmpty() && pod.isPresent();
    }
  }

  private final List<Manifest> policies;

  Network(List<Manifest> manifests) {
    this.policies = manifests.stream().filter(m -> m.kind().equals("NetworkPolicy")).toList();
  }

  /** Whether a connection gets out of its start and into its end. */
  boolean allows(Peer from, Peer to, String protocol, int port) {
    return passes(from, "Egress", "egress", "to", to, protocol, port)
        && passes(to, "Ingress", "ingress", "from", from, protocol, port);
  }

  private boolean passes(
      Peer pod, String type, String rules, String peers, Peer other, String protocol, int port) {
    if (!pod.isHere()) {
      return true;
    }
    List<Manifest> selecting =
        policies.stream()
            .filter(p -> selects(p.at("spec.podSelector"), pod.pod().orElseThrow()))
            .filter(
                p ->
                    Manifest.items(p.at("spec.policyTypes")).anyMatch(t -> t.asText().equals(type)))
            .toList();
    return selecting.isEmpty()
        || selecting.stream()
            .flatMap(p -> Manifest.items(p.at("spec." + rules)))
            .anyMatch(rule -> rule(rule, peers, other, protocol, port));
  }

  private static boolean rule(JsonNode rule, String peers, Peer other, String protocol, int port) {
    boolean portOpen =
        !rule.has("ports")
            || Manifest.items(rule.path("ports"))
                .anyMatch(
                    p ->
                        p.path("protocol").asText("TCP").equals(protocol)
                            && p.path("port").asInt() == port);
    return portOpen
        && (!rule.has(peers)
            || Manifest.items(rule.path(peers)).anyMatch(peer -> matches(peer, other)));
  }

  private static boolean matches(JsonNode rule, Peer peer) {
    if (rule.has("ipBlock")) {
      return peer.pod().isEmpty();
    }
    if (peer.pod().isEmpty()) {
      return false;
    }
    boolean namespace =
        rule.has("namespaceSelector")
            ? peer.namespace()
                .map(labels -> selects(rule.path("namespaceSelector"), labels))
                .orElse(false)
            : peer.isHere();
    return namespace
        && (!rule.has("podSelector") || selects(rule.path("podSelector"), peer.pod().get()));
  }

  /** Whether a label selector matches. */
  static boolean selects(JsonNode selector, Map<String, String> labels) {
    boolean equal =
        Manifest.texts(selector.path("matchLabels")).entrySet().stream()
            .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())));
    Stream<JsonNode> expressions = Manifest.items(selector.path("matchExpressions"));
    return equal
        && expressions.allMatch(
            e -> {
              if (!e.path("operator").asText().equals("In")) {
                throw new IllegalArgumentException("cannot evaluate " + e + ": expected In");
              }
              String value = labels.get(e.path("key").asText());
              return Manifest.items(e.path("values")).anyMatch(v -> v.asText().equals(value));
            });
  }
}

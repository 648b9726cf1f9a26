package io.millrace.system;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;

/**
 * A broker that lets nobody do anything without an ACL. Of its listeners one is for the test alone:
 * who comes by it may do everything.
 */
public interface SecuredBroker extends AutoCloseable {
  /** Password of SCRAM-SHA-512 over TLS: {@code host:port}. */
  String scramAddress();

  /** TLS with a certificate of the client, whose {@code CN} is the user: {@code host:port}. */
  String mutualTlsAddress();

  /** Unprotected, for the test: {@code host:port}. */
  String superUserAddress();

  @Override
  void close();

  /** What is the same of every such broker. */
  static Map<String, String> security() {
    return Map.of(
        "sasl.enabled.mechanisms",
        "SCRAM-SHA-512",
        "listener.name.scram.scram-sha-512.sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "listener.name.mtls.ssl.client.auth",
        "required",
        "listener.name.mtls.ssl.principal.mapping.rules",
        "RULE:^CN=([^,]+).*$/$1/",
        "authorizer.class.name",
        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found",
        "false",
        "super.users",
        "User:ANONYMOUS");
  }

  /** May do everything; the caller closes it. */
  default Admin superUser() {
    return Admin.create(Map.of("bootstrap.servers", superUserAddress()));
  }

  /**
   * @param passwords by user
   */
  default void addScramUsers(Map<String, String> passwords) {
    List<UserScramCredentialAlteration> users = new ArrayList<>();
    passwords.forEach(
        (user, password) ->
            users.add(
                new UserScramCredentialUpsertion(
                    user, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password)));
    try (Admin admin = superUser()) {
      admin.alterUserScramCredentials(users).all().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while adding users", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot add users", e);
    }
  }
}

package dev.cloakroom.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Values that cannot work are refused with what to do about them. */
class ChartValuesTests {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "replicas: 3 | 'replicas' not allowed",
        "apiKey: {valeu: abc} | 'valeu' not allowed",
        "image: {repo: abc} | 'repo' not allowed",
        "replicaCount: three | got string, want integer",
        "replicaCount: -1 | minimum: got -1",
        "networkPolicy: {enabled: `yes`} | got string, want boolean",
        "image: {tag: latest} | at '/image/tag': 'not' failed",
        "upstream: {ca: {existingSecret: a, key: ``}} | at '/upstream/ca/key'",
        "content: {s3: {bucket: 'a b'}} | at '/content/s3/bucket'",
        "content: {s3: {endpoint: 'a:9000'}} | at '/content/s3/endpoint'",
        "content: {directorySize: 2GB} | at '/content/directorySize'",
        "tracing: {endpoint: 'collector:4318'} | at '/tracing/endpoint'",
        "tracing: {endpoint: 'http://user:secret@collector/'} | at '/tracing/endpoint'",
        "tracing: {sampling: 2} | maximum: got 2",
        "redis: {password: abc} | 'password' not allowed",
        "redis: {port: 0} | minimum: got 0",
        "redis: {trial: {image: {tag: latest}}} | at '/redis/trial/image/tag': 'not' failed",
        "redis: {trial: {image: {tag: ``}}} | at '/redis/trial/image/tag'",
        "redis: {trial: {maxMemory: 64Mi}} | at '/redis/trial/maxMemory'",
        "temporaryDirectorySize: lots | at '/temporaryDirectorySize'"
      })
  void refusesWhatIsNotAValueOfItsAndNamesIt(String values, String reason) {
    assertThatThrownBy(() -> Chart.render(values.replace('`', '"'))).hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "apiKey: {value: a, existingSecret: b} | apiKey.existingSecret and apiKey.value: keep one",
        "apiKey: {value: a, externalSecret: {enabled: true}} | apiKey.value and"
            + " apiKey.externalSecret: keep one",
        "apiKey: {externalSecret: {enabled: true}} | set apiKey.externalSecret.secretStoreRef.name",
        "apiKey: {value: a, existingSecretKeys: [b]} | leave it out, or use apiKey.existingSecret",
        "{autoscaling: {enabled: true}, keda: {enabled: true, triggers: [{type: cpu}]}} | enable"
            + " autoscaling or keda",
        "autoscaling: {enabled: true, minReplicas: 9} | raise the one or lower the other",
        "keda: {enabled: true, targetCPUUtilizationPercentage: 0} | set"
            + " keda.targetCPUUtilizationPercentage, keda.prometheus.serverAddress or",
        "keda: {enabled: true, minReplicaCount: 0} | set keda.minReplicaCount to 1 or more",
        "upstream: {ca: {existingSecret: a, existingConfigMap: b}} | keep one of them",
        "{upstream: {ca: {existingSecret: a}}, config: {cloakroom.upstream: {ssl-bundle: b}}} |"
            + " which upstream.ca would override",
        "keda: {enabled: true, minReplicaCount: 9, triggers: [{type: cpu}]} | raise the one or"
            + " lower the other",
        "keda: {enabled: true, prometheus: {serverAddress: a, waitersThreshold: 5000}} | set"
            + " keda.prometheus.waitersThreshold lower",
        "{keda: {enabled: true, prometheus: {serverAddress: a}}, config: {cloakroom.lookup:"
            + " {maxWaiters: 1000}}} | each takes 1000 callers",
        "podDisruptionBudget: {minAvailable: 1} | set podDisruptionBudget.maxUnavailable or",
        "podDisruptionBudget: {maxUnavailable: ''} | set podDisruptionBudget.maxUnavailable or",
        "terminationGracePeriodSeconds: 20 | at least 30 more than preStopSleepSeconds",
        "ingress: {enabled: true} | set ingress.hosts",
        "httpRoute: {enabled: true} | set httpRoute.parentRefs",
        "{ingress: {enabled: true, hosts: [a]}} | set access.existingSecret",
        "{httpRoute: {enabled: true, parentRefs: [{name: a}]}} | or access.public if they may",
        "config: {cloakroom.access: {caller-directory: /a}} | by access.existingSecret",
        "config: {cloakroom: {upstream: {keys: [a]}}} | give it by apiKey",
        "config: {cloakroom.upstream: {key-directory: /a}} | give it by apiKey",
        "config: {CLOAKROOM_API_KEY: a} | give it by apiKey",
        "config: {management: {server.port: 9000}} | leave it out, and set service.port",
        "content: {s3: {region: a}} | set content.s3.bucket",
        "content: {s3: {bucket: abc, endpoint: 'http://a:9000'}} | set networkPolicy.s3To",
        "content: {s3: {bucket: abc, endpoint: 'http://a'}} | set networkPolicy.s3To",
        "config: {cloakroom.content: {directory: /a}} | set it under content instead",
        "config: {cloakroom.content.s3: {path-style: true}} | set it under content instead",
        "tracing: {endpoint: 'http://a:4318/v1/traces'} | set networkPolicy.tracingTo",
        "config: {management.opentelemetry.tracing.export.otlp: {endpoint: a}} | set it under"
            + " tracing instead",
        "config: {management: {tracing: {sampling: {probability: 1}}}} | set it under tracing",
        "redis: {enabled: true} | set redis.host, or redis.trial.enabled",
        "redis: {trial: {enabled: true}} | set redis.enabled, too",
        "redis: {enabled: true, host: a, trial: {enabled: true}} | keep redis.host or redis.trial",
        "redis: {enabled: true, tls: true, trial: {enabled: true}} | leave out redis.tls",
        "redis: {enabled: true, existingSecret: a, trial: {enabled: true}} | leave out redis.tls",
        "redis: {enabled: true, host: a, username: b} | set redis.existingSecret",
        "redis: {enabled: true, host: a} | set networkPolicy.redisTo",
        "config: {spring: {data: {redis: {password: a}}}} | give it by redis.existingSecret",
        "config: {spring.data.redis.sentinel.password: a} | give it by redis.existingSecret",
        "config: {spring.data.redis: {url: a}} | give it by redis.existingSecret",
        "config: {cloakroom: {cluster: {enabled: true}}} | set it under redis instead",
        "config: {spring.data.redis: {host: a}} | set it under redis instead"
      })
  void refusesWhatCannotWorkTogetherAndSaysWhatToDo(String values, String action) {
    assertThatThrownBy(() -> Chart.render(values)).hasMessageContaining(action);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "podDisruptionBudget: {maxUnavailable: '', minAvailable: 1}",
        "podDisruptionBudget: {maxUnavailable: 0}",
        "terminationGracePeriodSeconds: 35",
        "keda: {enabled: true, triggers: [{type: cpu}]}",
        "{redis: {enabled: true, host: a}, networkPolicy: {enabled: false}}",
        "redis: {host: a}",
        "content: {s3: {bucket: abc, endpoint: 'https://a.example.com'}}",
        "config: {cloakroom.content: {max-size: 500MB, prefetch: true}}",
        "tracing: {endpoint: 'https://otlp.example.com/v1/traces', sampling: 1}",
        "{tracing: {endpoint: 'http://a:4318/'}, networkPolicy: {enabled: false}}",
        "config: {management.tracing: {baggage.enabled: false}}",
        "keda: {enabled: true, minReplicaCount: 0, triggers: [{type: cron}]}",
        "config: {cloakroom.upstream: {ssl-bundle: b}}",
        "{access: {public: true}, ingress: {enabled: true, hosts: [a]}}",
        "{access: {existingSecret: a}, ingress: {enabled: true, hosts: [a]}}",
        "config: {spring.data.redis: {timeout: 1s}}",
        "config: {server: {tomcat: {max-connections: 100}}}",
        "global: {region: north}"
      })
  void takesWhatCanWork(String values) {
    Release release = Chart.render(values);

    assertThat(release.deployment()).isNotEmpty();
  }

  /** Or else a value that the schema lacks would take anything. */
  @Test
  void knowsNothingButItsValues() throws Exception {
    JsonNode schema =
        JsonMapper.shared().readTree(Files.readString(Path.of("helm/values.schema.json")));
    JsonNode values =
        Release.of(Files.readString(Path.of("helm/values.yaml"))).objects().getFirst();

    assertThat(schema.at("/additionalProperties").asBoolean(true)).isFalse();
    assertThat(schema.at("/properties").propertyNames())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(Stream.of("global"), values.propertyNames().stream()).toList());
  }
}

package dev.cloakroom.kubernetes;

import static java.util.stream.Collectors.joining;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** As much of a cluster's API as Helm asks when it renders: one Deployment, or none. */
final class ApiServer implements AutoCloseable {

  private static final String NONE =
      "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"code\":404}";

  private static final Map<String, List<String>> KINDS =
      Map.of(
          "v1", List.of("ConfigMap", "Pod", "Secret", "Service", "ServiceAccount"),
          "apps/v1", List.of("Deployment"),
          "autoscaling/v2", List.of("HorizontalPodAutoscaler"),
          "keda.sh/v1alpha1", List.of("ScaledObject"),
          "networking.k8s.io/v1", List.of("NetworkPolicy"),
          "policy/v1", List.of("PodDisruptionBudget"));

  private final HttpServer server;
  private final Map<String, String> deployments;

  /** Deployments by namespace and name, such as {@code frontend/images}. */
  ApiServer(Map<String, String> deployments) throws IOException {
    this.deployments = deployments;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.createContext("/", this::answer);
    server.start();
  }

  /** What {@code --kubeconfig} names. */
  Path writeConfig(Path file) throws IOException {
    return Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Config
        current-context: stub
        contexts: [{name: stub, context: {cluster: stub, user: stub}}]
        clusters: [{name: stub, cluster: {server: "http://127.0.0.1:%d"}}]
        users: [{name: stub, user: {}}]
        """
            .formatted(server.getAddress().getPort()));
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String name =
        path.replaceFirst("^/apis/apps/v1/namespaces/([^/]+)/deployments/([^/]+)$", "$1/$2");
    String body = discovery(path).orElseGet(() -> deployments.getOrDefault(name, NONE));
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(body.equals(NONE) ? 404 : 200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** What kinds of objects there are. */
  private static Optional<String> discovery(String path) {
    return switch (path) {
      case "/version" ->
          Optional.of("{\"major\":\"1\",\"minor\":\"34\",\"gitVersion\":\"v1.34.0\"}");
      case "/api" -> Optional.of("{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}");
      case "/apis" ->
          Optional.of(
              KINDS.keySet().stream()
                  .filter(version -> version.contains("/"))
                  .map(ApiServer::group)
                  .collect(joining(",", "{\"kind\":\"APIGroupList\",\"groups\":[", "]}")));
      default ->
          Optional.ofNullable(KINDS.get(path.replaceFirst("^/apis?/", "")))
              .map(kinds -> resources(path.replaceFirst("^/apis?/", ""), kinds));
    };
  }

  private static String group(String version) {
    return """
    {"name":"%s","versions":[{"groupVersion":"%s","version":"%s"}]}
    """
        .formatted(
            version.substring(0, version.indexOf('/')),
            version,
            version.substring(version.indexOf('/') + 1));
  }

  private static String resources(String version, List<String> kinds) {
    return kinds.stream()
        .map(ApiServer::resource)
        .collect(
            joining(
                ",",
                "{\"kind\":\"APIResourceList\",\"groupVersion\":\""
                    + version
                    + "\",\"resources\":[",
                "]}"));
  }

  private static String resource(String kind) {
    String name = kind.toLowerCase(Locale.ROOT);
    String plural = name.endsWith("y") ? name.replaceFirst("y$", "ies") : name + "s";
    return """
    {"name":"%s","singularName":"%s","namespaced":true,"kind":"%s","verbs":["get"]}
    """
        .formatted(plural, name, kind);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}

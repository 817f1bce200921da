package dev.cloakroom.testsupport;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.stubbing.StubMapping;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** The vendor: answers only to the keys it knows, which is the canary key at first, and counts. */
public class Vendor {

  private final WireMockServer server =
      new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort().containerThreads(200));

  /** Begins to listen. */
  public Vendor() {
    server.start();
  }

  /** What {@code cloakroom.upstream.base-url} must be. */
  public String baseUrl() {
    return "http://127.0.0.1:" + server.port() + "/api";
  }

  /** Answers for an image with a body under 200. */
  public void answers(String id, String body) {
    answers(id, 200, body);
  }

  /** Answers for an image with a body under any status code. */
  public void answers(String id, int status, String body) {
    answers(id, json(body).withStatus(status));
  }

  /** Answers for an image. */
  public void answers(String id, ResponseDefinitionBuilder response) {
    answers(id, Canary.KEY, response);
  }

  /** Answers for an image to each caller with the key. */
  public void answers(String id, String key, ResponseDefinitionBuilder response) {
    server.stubFor(
        post(urlEqualTo(path(id)))
            .withHeader("Content-Type", equalTo("application/json"))
            .withRequestBody(equalToJson(body(key)))
            .willReturn(response));
  }

  /** Answers for all images that it has no other answer for to each caller with the key. */
  public StubMapping answersAll(String key, ResponseDefinitionBuilder response) {
    return server.stubFor(
        post(anyUrl()).atPriority(9).withRequestBody(equalToJson(body(key))).willReturn(response));
  }

  /** Answers for an image first like this, and from then on like that. */
  public void answersInTurn(
      String id, ResponseDefinitionBuilder first, ResponseDefinitionBuilder then) {
    server.stubFor(
        post(urlEqualTo(path(id))).inScenario(id).willReturn(first).willSetStateTo("asked"));
    server.stubFor(
        post(urlEqualTo(path(id))).inScenario(id).whenScenarioStateIs("asked").willReturn(then));
  }

  /** Answers everything like this from now on. */
  public StubMapping breaksDown(ResponseDefinitionBuilder response) {
    return server.stubFor(post(anyUrl()).atPriority(1).willReturn(response));
  }

  /** Has no answer any more, and no calls so far: to go through those of many tests takes long. */
  void reset() {
    server.resetAll();
  }

  /** Answers no more like this. */
  public void withdraw(StubMapping stub) {
    server.removeStub(stub);
  }

  /** The calls for an image, so far. */
  public List<LoggedRequest> calls(String id) {
    return server.findAll(postRequestedFor(urlEqualTo(path(id))));
  }

  /** The keys of the calls for an image, so far, in their order. */
  public List<String> keysOf(String id) {
    return calls(id).stream().map(call -> keyOf(call.getBodyAsString())).toList();
  }

  private static String keyOf(String body) {
    return JsonMapper.shared().readTree(body).path("key").asString();
  }

  /** The calls with a key, so far. */
  public int callsWith(String key) {
    return server.findAll(postRequestedFor(anyUrl()).withRequestBody(containing(key))).size();
  }

  private static String body(String key) {
    return "{\"key\":\"" + key + "\"}";
  }

  /** All calls, so far. */
  public int calls() {
    return server.getAllServeEvents().size();
  }

  private static String path(String id) {
    return "/api/v6/image_editing/fetch/" + id;
  }

  /** A JSON answer under 200. */
  public static ResponseDefinitionBuilder json(String body) {
    return aResponse().withHeader("Content-Type", "application/json").withBody(body);
  }

  /** The vendor's body for a finished image. */
  public static String ready(String id) {
    return "{\"status\":\"success\",\"id\":%1$s,\"output\":[\"https://cdn.example/%1$s-0.png\"]}"
        .formatted(id);
  }

  /** A finished image's answer, whichever image is asked for: the vendor often leaves ids out. */
  public static ResponseDefinitionBuilder readyForAny() {
    return json("{\"status\":\"success\",\"output\":[\"https://cdn.example/0.png\"]}");
  }

  /** One of the bodies in the vendor's notes, as an answer about this image. */
  public static String example(String name, String id) {
    return example(name).replaceFirst("\"id\": \\d+", "\"id\": " + id);
  }

  /** One of the bodies in the vendor's notes. */
  public static String example(String name) {
    try (InputStream file =
        Vendor.class.getResourceAsStream("/vendor-examples/" + name + ".json")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.cloakroom.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Caller;
import dev.cloakroom.testsupport.Caller.Answer;
import dev.cloakroom.testsupport.Canary;
import dev.cloakroom.testsupport.MountedSecret;
import dev.cloakroom.testsupport.ServiceTests;
import dev.cloakroom.testsupport.Signatures;
import dev.cloakroom.testsupport.Vendor;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A service with two callers, one of which has two secrets. */
class AccessTests extends ServiceTests {

  static final Map<String, String> SECRETS =
      Map.of(
          "shop.1", Canary.CALLER_SECRET,
          "shop.2", Canary.SECOND_CALLER_SECRET,
          "studio", Canary.OTHER_CALLER_SECRET);

  private static final String[] SAME_ID = {"X-Request-Id", "same"};

  private static final MountedSecret files = new MountedSecret(SECRETS);

  private static final String SHOP = "Bearer " + Canary.CALLER_SECRET;

  @Autowired private AccessConfiguration.CallerReloader reloader;

  private Caller anybody;

  @DynamicPropertySource
  static void callers(DynamicPropertyRegistry properties) {
    properties.add("cloakroom.access.caller-directory", () -> files.directory().toString());
  }

  @Override
  protected String[] credentials() {
    return new String[] {"Authorization", SHOP};
  }

  @BeforeEach
  void begin() {
    anybody = new Caller(port);
  }

  @AfterEach
  void restoreSecrets() {
    files.swap(SECRETS);
    reloader.reload();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, ''",
    "HEAD, ''",
    "POST, ''",
    "OPTIONS, ''",
    "GET, /events",
    "GET, /0",
    "GET, ?wait=9"
  })
  void refusesHitsAndMissesAlikeWithoutSecret(String method, String rest) {
    String hit = remembered();
    String miss = newId();

    Answer ofHit = anybody.send(method, "/images/" + hit + rest, SAME_ID);
    Answer ofMiss = anybody.send(method, "/images/" + miss + rest, SAME_ID);

    for (Answer answer : List.of(ofHit, ofMiss)) {
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer");
      assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    }
    assertThat(withoutDate(ofHit)).isEqualTo(withoutDate(ofMiss));
    assertThat(ofHit.body().replace(hit, "ID")).isEqualTo(ofMiss.body().replace(miss, "ID"));
    if (!method.equals("HEAD")) {
      assertThat(ofHit.problem()).isEqualTo("unauthenticated");
    }
    assertThat(vendor.calls(miss)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/images", "/images/", "/images?id=1&id=2", "/images/a%20b", "/images/0"})
  void refusesWhatIsNoSingleImageWithoutSecret(String path) {
    assertThat(anybody.get(path).problem()).isEqualTo("unauthenticated");
    assertThat(service.get(path).status()).isNotIn(401, 403);
  }

  @Test
  void answersOutsideOfImagesAsBefore() {
    assertThat(anybody.get("/").problem()).isEqualTo("not-found");
    assertThat(anybody.get("/openapi.json").status()).isEqualTo(200);
    assertThat(anybody.get("/actuator/health").problem()).isEqualTo("not-found");
    assertThat(management.get("/actuator/health").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {Canary.CALLER_SECRET, Canary.SECOND_CALLER_SECRET, Canary.OTHER_CALLER_SECRET})
  void answersCallersWithAnyOfTheirSecrets(String secret) {
    String hit = remembered();
    String miss = newId();
    vendor.answers(miss, Vendor.ready(miss));

    Answer ofHit = anybody.get("/images/" + hit, "Authorization", "Bearer " + secret);
    Answer ofMiss = anybody.get("/images/" + miss, "Authorization", "bEaReR  " + secret);

    assertThat(ofHit.status()).isEqualTo(200);
    assertThat(ofHit.header("Cache-Status")).contains("; hit");
    assertThat(ofMiss.status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bearer wrong",
        "Bearer " + Canary.CALLER_SECRET + "x",
        "Bearer " + Canary.CALLER_SECRET + ", Bearer " + Canary.CALLER_SECRET
      })
  void refusesWrongSecretsOfHitsAndMisses(String authorization) {
    String miss = newId();

    for (String id : List.of(remembered(), miss)) {
      Answer answer = anybody.get("/images/" + id, "Authorization", authorization);

      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.problem()).isEqualTo("forbidden");
      for (String rest : List.of("/events", "/0")) {
        assertThat(anybody.get("/images/" + id + rest, "Authorization", authorization).problem())
            .isEqualTo("forbidden");
      }
    }
    assertThat(vendor.calls(miss)).isEmpty();
  }

  @Test
  void asksForSecretWhereAuthorizationIsOfAnotherKind() {
    Answer answer = anybody.get("/images/" + newId(), "Authorization", "Basic c2hvcDpzaG9w");

    assertThat(answer.problem()).isEqualTo("unauthenticated");
  }

  @Test
  void refusesSeveralSecrets() {
    Answer answer =
        anybody.get("/images/" + remembered(), "Authorization", SHOP, "Authorization", SHOP);

    assertThat(answer.problem()).isEqualTo("forbidden");
  }

  @Test
  void checksEachRequestOfOneConnection() {
    String path = "/images/" + remembered();
    String shop = "Authorization: " + SHOP + "\r\n";
    String studio = "Authorization: Bearer " + Canary.OTHER_CALLER_SECRET + "\r\n";
    List<String> headers =
        List.of(
            shop,
            shop,
            "",
            shop + "Authorization: Bearer wrong\r\n",
            "Authorization: Bearer wrong\r\n" + shop,
            shop + shop,
            studio,
            "Authorization: Bearer wrong\r\n",
            shop,
            "Authorization: Basic wrong\r\n" + shop,
            shop,
            shop.toUpperCase(Locale.ROOT).replace("BEARER", "Bearer"),
            shop.toLowerCase(Locale.ROOT),
            shop,
            "Connection: close\r\n");
    String requests =
        headers.stream()
            .map(some -> "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + some + "\r\n")
            .collect(Collectors.joining());

    String answers = anybody.sendRaw(requests);

    assertThat(Pattern.compile("HTTP/1.1 (\\d+)").matcher(answers).results())
        .extracting(answer -> answer.group(1))
        .containsExactly(
            "200", "200", "401", "403", "403", "403", "200", "403", "200", "403", "200", "403",
            "403", "200", "401");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/events"})
  void opensTheImageOfSignedLink(String rest) {
    String id = remembered();

    for (String secret : List.of(Canary.CALLER_SECRET, Canary.SECOND_CALLER_SECRET)) {
      Answer answer =
          anybody.get("/images/" + id + rest + "?" + link("shop", secret, id, Duration.ofDays(7)));

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).contains("\"id\":" + id);
      assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
    }
    String link = link("shop", Canary.CALLER_SECRET, id, Duration.ofHours(1));
    assertThat(anybody.send("HEAD", "/images/" + id + "?" + link).status()).isEqualTo(200);
  }

  @Test
  void letsSignedLinkWaitAndAskForPictures() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    String link = link("shop", Canary.CALLER_SECRET, id, Duration.ofHours(1));

    assertThat(anybody.get("/images/" + id + "?wait=5&" + link).status()).isEqualTo(200);
    assertThat(anybody.get("/images/" + id + "/0?" + link).status()).isNotIn(401, 403);
    assertThat(anybody.get("/images/" + id + "?" + link + "&wait=x").problem())
        .isEqualTo("invalid-request");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void refusesLinksThatDoNotFitWithOneAnswer(boolean isHit) {
    String id = isHit ? remembered() : newId();
    int calls = vendor.calls();
    String good = link("shop", Canary.CALLER_SECRET, id, Duration.ofHours(1));
    Instant later = time.instant().plus(Duration.ofHours(2));
    List<String> links =
        List.of(
            good.replace("caller=shop", "caller=nobody"),
            good.replace("caller=shop", "caller=studio"),
            good.replaceFirst("expires=[0-9]+", "expires=" + later.getEpochSecond()),
            good.replaceFirst("expires=", "expires=0"),
            good + "x",
            good.substring(0, good.length() - 1),
            good + "=",
            good + "&caller=shop",
            good + "&%63aller=shop",
            good.replace("signature=", "%73ignature=") + "&signature=",
            "caller=shop",
            "signature=",
            link("shop", Canary.OTHER_CALLER_SECRET, id, Duration.ofHours(1)),
            link("shop", Canary.CALLER_SECRET, newId(), Duration.ofHours(1)),
            link("shop", Canary.CALLER_SECRET, id, Duration.ZERO),
            link("shop", Canary.CALLER_SECRET, id, Duration.ofSeconds(-1)),
            link("shop", Canary.CALLER_SECRET, id, Duration.ofDays(7).plusSeconds(1)));

    List<Answer> answers =
        links.stream().map(query -> anybody.get("/images/" + id + "?" + query, SAME_ID)).toList();

    Answer first = answers.getFirst();
    assertThat(first.problem()).isEqualTo("forbidden");
    assertThat(first.json().path("instance").asString()).isEqualTo("/images/" + id);
    assertThat(first.header("Referrer-Policy")).isEqualTo("no-referrer");
    assertThat(answers)
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(403);
              assertThat(answer.body()).isEqualTo(first.body());
              assertThat(withoutDate(answer)).isEqualTo(withoutDate(first));
            });
    assertThat(vendor.calls()).isEqualTo(calls);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/images?id=ID&", "/images/ID/?", "/images/ID/0/0?", "/images/ID/1000?"})
  void opensNothingElseBySignedLink(String path) {
    String id = remembered();
    String link = link("shop", Canary.CALLER_SECRET, id, Duration.ofHours(1));

    assertThat(anybody.get(path.replace("ID", id) + link).problem()).isEqualTo("forbidden");
  }

  @Test
  void closesSecretThatIsRemovedAndItsLinks() {
    String id = remembered();
    String link = link("shop", Canary.CALLER_SECRET, id, Duration.ofHours(1));
    files.swap(Map.of("shop.2", Canary.SECOND_CALLER_SECRET, "studio", SECRETS.get("studio")));

    reloader.reload();

    assertThat(service.get("/images/" + id).problem()).isEqualTo("forbidden");
    assertThat(anybody.get("/images/" + id + "?" + link).problem()).isEqualTo("forbidden");
    assertThat(
            anybody
                .get("/images/" + id, "Authorization", "Bearer " + Canary.SECOND_CALLER_SECRET)
                .status())
        .isEqualTo(200);
  }

  @Test
  void keepsTheLastGoodSecretsAndSaysSo() {
    String id = remembered();
    double before = management.metric("cloakroom_access_directory_failures_total");
    files.swap(Map.of());

    reloader.reload();

    assertThat(service.get("/images/" + id).status()).isEqualTo(200);
    assertThat(anybody.get("/images/" + id).status()).isEqualTo(401);
    assertThat(management.get("/actuator/health").body())
        .contains("caller-directory", "The previous callers stay in use.");
    assertThat(management.metric("cloakroom_access_directory_failures_total") - before)
        .isEqualTo(1);
  }

  @Test
  void countsRequestsByCallerAndResult() {
    String id = remembered();
    Map<String, Double> before = counts();

    service.get("/images/" + id);
    anybody.get(
        "/images/" + id + "?" + link("studio", SECRETS.get("studio"), id, Duration.ofDays(1)));
    anybody.get("/images/" + id);
    anybody.get("/images/" + id + "?caller=studio&expires=9&signature=x");

    assertThat(
            List.of(
                "shop allowed", "studio allowed", "unknown unauthenticated", "unknown forbidden"))
        .allSatisfy(
            series ->
                assertThat(counts().get(series) - before.getOrDefault(series, 0.0)).isEqualTo(1));
  }

  private Map<String, Double> counts() {
    Map<String, Double> counts = new HashMap<>();
    for (String line : management.get("/actuator/prometheus").body().lines().toList()) {
      if (line.startsWith("cloakroom_access_requests_total{")) {
        String[] parts = line.split("\"");
        counts.put(
            parts[1] + " " + parts[3], Double.valueOf(line.substring(line.lastIndexOf(' '))));
      }
    }
    return counts;
  }

  private String remembered() {
    String id = newId();
    vendor.answers(id, Vendor.ready(id));
    assertThat(service.get("/images/" + id).status()).isEqualTo(200);
    return id;
  }

  private String link(String caller, String secret, String id, Duration validity) {
    return Signatures.query(caller, secret, id, time.instant().plus(validity));
  }

  private static Map<String, List<String>> withoutDate(Answer answer) {
    var headers = new HashMap<>(answer.headers().map());
    headers.remove("date");
    headers.remove("content-length");
    return headers;
  }
}

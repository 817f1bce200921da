package dev.cloakroom.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.ServiceTests;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.eclipse.jetty.server.handler.StatisticsHandler;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** The short cut for pictures that are kept, and the controller, answer alike, to the byte. */
class PictureHandlerTests extends ServiceTests {

  private static final FileHost files = new FileHost();

  /** Takes a request past the short cut, and changes nothing else. */
  private static final String LONG_WAY = "?long-way";

  private static final int LARGE = 3 << 20;

  @Autowired private PictureHandler handler;

  private final String id = newId();
  private final String path = "/images/" + id + "/0";
  private final byte[] png = FileHost.png(id.hashCode(), 300_000);
  private Reader reader;

  @DynamicPropertySource
  static void files(DynamicPropertyRegistry properties) {
    files.allow(properties);
  }

  @BeforeEach
  void keepPicture() {
    reader = new Reader(port);
    keep(id, png);
  }

  private void keep(String id, byte[] png) {
    files.has(id + ".png", png);
    vendor.answers(id, files.ready(id, id + ".png"));
    reader.get("/images/" + id + "/0");
  }

  @Test
  void answersAndCountsLikeTheController() {
    double served = management.metric("cloakroom_content_requests_total{result=\"hit\"}");
    double requests = requests();

    HttpResponse<byte[]> longWay = reader.get(path + LONG_WAY);
    List<HttpResponse<byte[]>> answers = List.of(reader.get(path), reader.get(path));

    assertThat(answers)
        .allSatisfy(
            answer -> {
              assertThat(answer.statusCode()).isEqualTo(200);
              assertThat(answer.body()).isEqualTo(png).isEqualTo(longWay.body());
              assertThat(withoutDate(answer)).isEqualTo(withoutDate(longWay));
            });
    assertThat(management.metric("cloakroom_content_requests_total{result=\"hit\"}"))
        .isEqualTo(served + 3);
    // Which are recorded when they are sent.
    Awaitility.await().until(() -> requests() == requests + 3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET  | /0    |                   |                               | true",
        "GET  | /0    | Accept            | image/avif,image/webp,*/*     | true",
        "HEAD | /0    |                   |                               | false",
        "GET  | /0    | Range             | bytes=0-1                     | false",
        "GET  | /0    | If-None-Match     | *                             | false",
        "GET  | /0    | If-Match          | \"a\"                         | false",
        "GET  | /0    | If-Modified-Since | Wed, 21 Oct 2026 07:28:00 GMT | false",
        "GET  | /0    | Cache-Control     | no-cache                      | false",
        "GET  | /0    | Prefer            | wait=1                        | false",
        "GET  | /1    |                   |                               | false",
        "GET  | /00   |                   |                               | false",
        "GET  | /0/   |                   |                               | false",
        "GET  | /x/0  |                   |                               | false"
      })
  void takesTheShortCutForPlainRequests(
      String method, String end, String header, String value, boolean isTaken) {
    String[] headers = header == null ? new String[0] : new String[] {header, value};
    int before = delegated();

    reader.send(method, "/images/" + id + end, headers);

    assertThat(delegated() - before).isEqualTo(isTaken ? 0 : 1);
  }

  @Test
  void sendsTheRestOfPictureThatIsPurgedMeanwhile() throws IOException {
    String large = newId();
    byte[] bytes = FileHost.png(1, LARGE);
    keep(large, bytes);
    String request = "GET /images/%s/0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    try (var slow = new Socket()) {
      // So small that the rest is still with the service when the picture is purged.
      slow.setReceiveBufferSize(16 * 1024);
      slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      slow.getOutputStream().write(request.formatted(large).getBytes(ISO_8859_1));
      int first = slow.getInputStream().read();

      management.send("DELETE", "/actuator/images/" + large);
      var answer = new ByteArrayOutputStream();
      answer.write(first);
      slow.getInputStream().transferTo(answer);

      byte[] all = answer.toByteArray();
      assertThat(Arrays.copyOfRange(all, all.length - LARGE, all.length)).isEqualTo(bytes);
    }
    assertThat(reader.get("/images/" + large + "/0").body()).isEqualTo(bytes);
    assertThat(files.calls(large + ".png")).hasSize(2);
  }

  @Test
  void readsPicturesInPartsThatAreTooLargeToBeMapped() {
    String large = newId();
    byte[] bytes = FileHost.png(1, 5 << 20);
    keep(large, bytes);
    int before = delegated();

    HttpResponse<byte[]> answer = reader.get("/images/" + large + "/0");

    assertThat(answer.body()).isEqualTo(bytes);
    assertThat(delegated() - before).isEqualTo(1);
  }

  private int delegated() {
    return handler.getDescendant(StatisticsHandler.class).getRequestTotal();
  }

  private double requests() {
    return management.metric(
        "http_server_requests_seconds_count{error=\"none\",exception=\"none\",method=\"GET\","
            + "outcome=\"SUCCESS\",status=\"200\",uri=\"/images/{id}/{n:[0-9]+}\"}");
  }

  /** Nor a new id, which hits have none of. */
  private static Map<String, List<String>> withoutDate(HttpResponse<?> answer) {
    var headers = new HashMap<>(answer.headers().map());
    headers.remove("date");
    headers.remove("x-request-id");
    return headers;
  }
}

package dev.cloakroom.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepresentationTests {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "9007199254740991, 9007199254740991",
    "9007199254740992, '\"9007199254740992\"'",
    "9999999999999999999, '\"9999999999999999999\"'",
    "007, '\"007\"'"
  })
  void writesIdAsNumberWhereItFitsOne(String id, String json) {
    var ready = new Image.Ready(new ImageId(id), List.of(URI.create("https://cdn.example/0.png")));

    String body =
        new String(Representation.of(ready, OutputLinks.VENDORS).json(), StandardCharsets.UTF_8);

    assertThat(body).startsWith("{\"status\":\"success\",\"id\":" + json + ",");
  }
}

package dev.cloakroom.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureTypeTests {

  @ParameterizedTest
  @CsvSource({
    "PNG, 89504E470D0A1A0A0000000D49484452",
    "JPEG, FFD8FFE000104A464946",
    "JPEG, FFD8FFDB",
    "WEBP, 524946460A0A0A0A57454250565038",
    "GIF, 474946383761",
    "GIF, 474946383961",
    "AVIF, 0000001C66747970617669660000000061766966",
    "AVIF, 0000001C66747970617669730000000061766973",
    "AVIF, 00000020667479706D696631000000006D69663161766966",
    "AVIF, 00000024667479706D696631000000006D6966316D69616661766966",
  })
  void knowsPicturesByTheirFirstBytes(PictureType type, String bytes) {
    assertThat(PictureType.of(HexFormat.of().parseHex(bytes))).contains(type);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<!doctype html>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        " \u0089PNG\r\n\u001a\n",
        "\u0089PNG\n\u001a\n",
        "\u00ff\u00d8",
        "GIF89b",
        "RIFF1234WEBM",
        "RIFFWEBP",
        "BM",
        "%PDF-1.7",
        "\0\0\0\u001cftypheic\0\0\0\0mif1heic",
        "\0\0\0\u001cftypmp42\0\0\0\0isommp42",
        "\0\0\0\u001cftypmif1\0\0\0\0heicxxxavif"
      })
  void takesNothingElseForOne(String bytes) {
    assertThat(PictureType.of(bytes.getBytes(ISO_8859_1))).isEmpty();
  }
}

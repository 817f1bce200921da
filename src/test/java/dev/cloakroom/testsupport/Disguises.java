package dev.cloakroom.testsupport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** The ways in which a text may contain a key without its characters standing side by side. */
public final class Disguises {

  private Disguises() {}

  /** Disguises of a secret and of a dozen of its characters, by what they are. */
  public static Map<String, String> of(String secret) {
    String piece = secret.substring(20, 32);
    var disguises = new LinkedHashMap<String, String>();
    disguises.put("as it is", secret);
    disguises.put("upper case", secret.toUpperCase(Locale.ROOT));
    disguises.put("its beginning", secret.substring(0, 12));
    disguises.put("its middle", piece);
    disguises.put("its end", secret.substring(secret.length() - 12));
    disguises.put("white space", piece.replaceAll("(...)", "$1 \t"));
    disguises.put("zero width", String.join("\u200B", piece.split("")));
    disguises.put("soft hyphens", String.join("\u00AD", piece.split("")));
    disguises.put("dashes", secret.replaceAll("(.{5})", "$1-"));
    disguises.put("quoted list", String.join("\",\"", piece.split("")));
    disguises.put("full width", each(piece, c -> Character.toString(c + 0xFEE0)));
    disguises.put("HTML", each(piece, "&#%d;"::formatted));
    disguises.put("HTML in hexadecimal", each(piece, "&#x%x;"::formatted));
    disguises.put("HTML between", String.join("&shy;", piece.split("")));
    disguises.put("JavaScript", each(piece, "\\u%04x"::formatted));
    disguises.put("zero width in JavaScript", String.join("\\u200b", piece.split("")));
    disguises.put("percent", percent(piece));
    disguises.put("percent, here and there", piece.substring(0, 5) + percent(piece.substring(5)));
    disguises.put("percent of percent", URLEncoder.encode(percent(piece), UTF_8));
    disguises.put("percent, thrice", percent(percent(percent(piece))));
    addEncodings(disguises, secret, piece);
    return disguises;
  }

  private static void addEncodings(Map<String, String> all, String secret, String piece) {
    String hex = HexFormat.of().formatHex(piece.getBytes(UTF_8));
    all.put("hexadecimal", hex);
    all.put("hexadecimal in upper case", hex.toUpperCase(Locale.ROOT));
    all.put("hexadecimal after a half", "a" + hex);
    all.put("hexadecimal with colons", HexFormat.ofDelimiter(":").formatHex(piece.getBytes(UTF_8)));
    all.put("bytes of a program", each(piece, "0x%x, "::formatted));
    for (String before : new String[] {"", "{", "{\"", "{\"key\":\""}) {
      byte[] bytes = (before + piece).getBytes(UTF_8);
      all.put("Base64 after " + before, Base64.getEncoder().encodeToString(bytes));
      all.put("URL's Base64 after " + before, Base64.getUrlEncoder().encodeToString(bytes));
    }
    String whole =
        Base64.getMimeEncoder(20, "\r\n".getBytes(UTF_8)).encodeToString(secret.getBytes(UTF_8));
    all.put("Base64 in lines", whole);
    all.put("Base64, percent-encoded", URLEncoder.encode(whole, UTF_8));
  }

  private static String percent(String text) {
    return each(text, "%%%02X"::formatted);
  }

  private static String each(String text, IntFunction<String> encode) {
    return text.chars().mapToObj(encode).collect(Collectors.joining());
  }
}

package dev.cloakroom.content;

import dev.cloakroom.image.ImageId;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is known of a picture's bytes; the name of its file holds all of it.
 *
 * @param size in bytes
 * @param sha256 of the bytes, in hexadecimal
 */
record Picture(PictureId id, PictureType type, long size, String sha256) {

  private static final Pattern FILE_NAME =
      Pattern.compile(
          "([A-Za-z0-9_-]{1,64})\\.(0|[1-9][0-9]{0,2})\\.([1-9][0-9]{0,9})\\.([0-9a-f]{64})\\.([a-z]{3,4})");

  /** The picture that a file is named after; none where the name is not one of ours. */
  static Optional<Picture> ofFile(String name) {
    Matcher parts = FILE_NAME.matcher(name);
    if (!parts.matches()) {
      return Optional.empty();
    }
    var id = new PictureId(new ImageId(parts.group(1)), Integer.parseInt(parts.group(2)));
    for (PictureType type : PictureType.values()) {
      if (extension(type).equals(parts.group(5))) {
        long size = Long.parseLong(parts.group(3));
        return Optional.of(new Picture(id, type, size, parts.group(4)));
      }
    }
    return Optional.empty();
  }

  private static String extension(PictureType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  String fileName() {
    return "%s.%d.%d.%s.%s".formatted(id.image(), id.index(), size, sha256, extension(type));
  }

  /** The strong validator of these bytes (RFC 9110, 8.8.3). */
  String etag() {
    return '"' + sha256 + '"';
  }

  /** The value of Repr-Digest (RFC 9530). */
  String digest() {
    byte[] hash = HexFormat.of().parseHex(sha256);
    return "sha-256=:" + Base64.getEncoder().encodeToString(hash) + ":";
  }
}

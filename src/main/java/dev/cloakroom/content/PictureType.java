package dev.cloakroom.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The types of pictures that are served, known by their first bytes, whatever a header says. */
enum PictureType {
  PNG("image/png", "\\x89PNG\\r\\n\\x1A\\n"),
  JPEG("image/jpeg", "\\xFF\\xD8\\xFF"),
  WEBP("image/webp", "RIFF.{4}WEBP"),
  GIF("image/gif", "GIF8[79]a"),
  /** Among the brands of its first box (ISO/IEC 14496-12, 4.3): a size, "ftyp", brand, version. */
  AVIF("image/avif", "\\x00\\x00\\x00[\\x10-\\x40]ftyp(avi[fs]|.{8}(.{4})*?avi[fs])");

  /** Bytes that decide. */
  static final int HEAD = 64;

  private final String mediaType;
  private final Pattern start;

  PictureType(String mediaType, String start) {
    this.mediaType = mediaType;
    this.start = Pattern.compile(start, Pattern.DOTALL);
  }

  /**
   * The type of what begins like that; none where it is no picture.
   *
   * @param head the first {@link #HEAD} bytes, or all where there are fewer
   */
  static Optional<PictureType> of(byte[] head) {
    String text = new String(head, ISO_8859_1);
    return Stream.of(values()).filter(type -> type.start.matcher(text).lookingAt()).findFirst();
  }

  String mediaType() {
    return mediaType;
  }
}

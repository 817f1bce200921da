package dev.cloakroom.content;

import java.util.Locale;

/** Bytes, or a link to them, that are not served; says which setting decides, where one does. */
final class ContentRefused extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** What is wrong with it. */
  enum Reason {
    /** The link's host or port is not listed. */
    HOST,
    /** The host has an address that is not public. */
    ADDRESS,
    /** The host answers with another link. */
    REDIRECT,
    /** The bytes are no picture of a known type. */
    TYPE,
    /** There are no bytes. */
    EMPTY,
    /** There are more bytes than allowed. */
    SIZE,
    /** There are fewer bytes than the answer said. */
    LENGTH,
    /** The bytes are others than a replica has stored. */
    DIGEST,
    /** The bytes are encoded, which nobody asked for. */
    ENCODING;

    String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Reason reason;

  ContentRefused(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}

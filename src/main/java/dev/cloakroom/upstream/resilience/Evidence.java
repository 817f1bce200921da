package dev.cloakroom.upstream.resilience;

/**
 * Separates failures of the vendor from those that an odd id may have caused.
 *
 * <p>No id is to blame where no connection could be made, or where it was good before. Until the
 * next good outcome, those of all other ids are believed, too.
 */
final class Evidence {

  private volatile boolean isFailing;

  void good() {
    isFailing = false;
  }

  /** Whether the bad outcome of this attempt speaks of the vendor. */
  boolean bad(Attempt attempt) {
    if (isCertain(attempt)) {
      isFailing = true;
    }
    return isFailing;
  }

  static boolean isCertain(Attempt attempt) {
    return attempt.isImageKnown() || !attempt.isSent();
  }
}

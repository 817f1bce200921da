package dev.cloakroom.image;

/** The client for whom a thread works, so that fetches can be counted and take turns by client. */
public final class Requester {

  /** For what the service does by itself. */
  public static final String NOBODY = "";

  private static final ScopedValue<String> CURRENT = ScopedValue.newInstance();

  private Requester() {}

  /** The client of this thread. */
  public static String current() {
    return CURRENT.orElse(NOBODY);
  }

  /** Works for a client, on this thread. */
  public static <T, X extends Throwable> T call(
      String client, ScopedValue.CallableOp<? extends T, X> work) throws X {
    return ScopedValue.where(CURRENT, client).call(work);
  }
}

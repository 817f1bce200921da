package dev.cloakroom.api;

import dev.cloakroom.problem.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Collections;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How long a caller waits for a final state: {@code Prefer: wait=30} (RFC 7240), or {@code
 * ?wait=30}.
 *
 * @param isPreferred whether it came in the header, which the response confirms
 */
public record WaitPreference(Duration time, boolean isPreferred) {

  /** The header of requests. */
  public static final String PREFER = "Prefer";

  private static final WaitPreference NONE = new WaitPreference(Duration.ZERO, false);

  /** The first that counts (RFC 7240, 2): any preferences before it, and their parameters. */
  private static final Pattern PREFERENCE =
      Pattern.compile("(?:^|,)\\s*wait\\s*(?:=\\s*([^,;]*))?(?=[,;]|$)", Pattern.CASE_INSENSITIVE);

  private static final Pattern SECONDS = Pattern.compile("\"?([0-9]{1,9})\"?");

  /**
   * What the request asks for, at most {@code max}.
   *
   * @throws dev.cloakroom.problem.ProblemException for what is not whole seconds
   */
  public static WaitPreference of(HttpServletRequest request, Duration max) {
    for (String preferences : Collections.list(request.getHeaders(PREFER))) {
      Matcher preference = PREFERENCE.matcher(preferences);
      if (preference.find()) {
        return new WaitPreference(seconds(preference.group(1), max), true);
      }
    }
    String parameter = request.getParameter("wait");
    return parameter == null ? NONE : new WaitPreference(seconds(parameter, max), false);
  }

  /** Names what was applied, where the header asked for it. */
  void confirm(HttpServletResponse response) {
    if (isPreferred) {
      response.setHeader("Preference-Applied", "wait=" + time.toSeconds());
    }
  }

  private static Duration seconds(@Nullable String text, Duration max) {
    Matcher seconds = SECONDS.matcher(text == null ? "" : text.strip());
    if (!seconds.matches()) {
      throw Problem.INVALID_REQUEST.because(
          "Give wait as whole seconds, from 0 to %d.".formatted(max.toSeconds()));
    }
    Duration wait = Duration.ofSeconds(Long.parseLong(seconds.group(1)));
    return wait.compareTo(max) > 0 ? max : wait;
  }
}

package dev.cloakroom.access;

import dev.cloakroom.settings.InvalidSettingException;
import dev.cloakroom.settings.SecretDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where the callers' secrets come from.
 *
 * @param directory has one secret per file
 */
record CallerSource(Path directory) {

  private static final String SETTING = "cloakroom.access.caller-directory";

  private static final int MAX_SECRETS = 1_000;

  /** Safe to put into a metric, a header or a log. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}");

  /**
   * The secrets of all files, by file name; at least one.
   *
   * @throws InvalidSettingException where there is none, or one that cannot be a secret
   */
  List<CallerSecret> read() {
    var secrets = new ArrayList<CallerSecret>();
    new SecretDirectory(directory, SETTING, "secret")
        .read()
        .forEach((file, text) -> secrets.add(secret(file, text.strip())));
    if (secrets.size() > MAX_SECRETS) {
      throw new InvalidSettingException(
          SETTING, "has more than " + MAX_SECRETS + " files", "Remove those that nobody uses.");
    }
    requireOneCallerEach(secrets);
    return List.copyOf(secrets);
  }

  private static CallerSecret secret(String file, String text) {
    if (!NAME.matcher(file).matches()) {
      throw new InvalidSettingException(
          SETTING,
          "has a file whose name cannot be a caller's",
          "Name each file with up to 64 of the letters, digits, dots, _ and -.");
    }
    if (!CallerSecret.isPlausible(text)) {
      throw new InvalidSettingException(
          "The secret `" + file + "` of " + SETTING,
          "cannot be a secret: it has fewer than 32 characters, more than 512, or white space or"
              + " characters outside ASCII in it",
          "Put a new one there, such as the output of: openssl rand -hex 32");
    }
    return new CallerSecret(file, text);
  }

  private static void requireOneCallerEach(List<CallerSecret> secrets) {
    for (CallerSecret one : secrets) {
      for (CallerSecret other : secrets) {
        if (!one.caller().equals(other.caller()) && one.isSameSecret(other)) {
          throw new InvalidSettingException(
              SETTING,
              "has one secret for two callers: `%s` and `%s`".formatted(one.file(), other.file()),
              "Give each caller a secret of its own.");
        }
      }
    }
  }
}

package dev.cloakroom;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Looks for the program that tests need, and notes which were left out for want of it. */
public final class NeedsProgramCondition implements ExecutionCondition {

  /** What the build prints at its end. */
  private static final Path NOTES = Path.of("target", "left-out");

  /** The program on the path. */
  public static Optional<Path> find(String program) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Class<?> tests = context.getRequiredTestClass();
    String program = tests.getAnnotation(NeedsProgram.class).value();
    Path note = NOTES.resolve(tests.getSimpleName() + ".txt");
    try {
      if (find(program).isPresent()) {
        Files.deleteIfExists(note);
        return ConditionEvaluationResult.enabled(program + " is on the path");
      }
      String missing = tests.getSimpleName() + " needs " + program + ", which is not on the path";
      if ("true".equals(System.getenv("CI"))) {
        throw new IllegalStateException(missing);
      }
      Files.createDirectories(NOTES);
      Files.writeString(note, text(missing, program));
      return ConditionEvaluationResult.disabled(missing);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(String missing, String program) {
    return """
    ********************************* LEFT OUT *********************************
    %s.
    To have these tests run, install it (on Debian: apt-get install %s).
    With CI=true in the environment they fail instead of being left out.
    ****************************************************************************
    """
        .formatted(missing, program);
  }
}

package dev.cloakroom;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The README's commands, as a reader types them. */
record Readme(String text) {

  private static final Pattern SHELL_BLOCK = Pattern.compile("(?s)```sh\n(.*?)```");
  private static final Pattern COMMAND = Pattern.compile("(?m)^(.+?)(?:\\s+# (.*))?$");

  /** A line to type, and what the comment behind it promises, or the empty text. */
  record Command(String line, String promise) {}

  /** That of a project. */
  static Readme of(Path project) throws IOException {
    return new Readme(Files.readString(project.resolve("README.md")));
  }

  /** The commands of the block that starts and tests the project. */
  List<Command> firstBlock() {
    return blocks().get(0);
  }

  /** The commands for the service that the first block starts. */
  List<Command> secondBlock() {
    return blocks().get(1);
  }

  private List<List<Command>> blocks() {
    return SHELL_BLOCK.matcher(text).results().map(block -> commands(block.group(1))).toList();
  }

  private static List<Command> commands(String block) {
    return COMMAND.matcher(block).results().map(Readme::command).toList();
  }

  private static Command command(MatchResult line) {
    return new Command(line.group(1), line.group(2) == null ? "" : line.group(2));
  }
}

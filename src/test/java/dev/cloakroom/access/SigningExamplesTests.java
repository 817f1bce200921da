package dev.cloakroom.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cloakroom.testsupport.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/api.md sign as Cloakroom does. */
class SigningExamplesTests {

  private static final String SECRET = "0123456789+/=~'\\\"$&%0123456789abc";
  private static final String ID = "12202888";
  private static final long EXPIRES = 1_800_000_000;

  @TempDir private Path directory;

  @Test
  void signsInJava() throws IOException {
    Path program = directory.resolve("Example.java");
    String imports =
        """
        import static java.nio.charset.StandardCharsets.UTF_8;
        import java.security.*;
        import java.util.*;
        import javax.crypto.*;
        import javax.crypto.spec.*;
        class Example {
          public static void main(String[] a) throws Exception {
            System.out.print(sign(a[0], Long.parseLong(a[1]), a[2]));
          }
        """;
    Files.writeString(program, imports + example("java", 0) + "}");

    assertSigns(ProcessHandle.current().info().command().orElseThrow(), program.toString());
  }

  @Test
  void signsInNode() throws IOException {
    signsInJavaScript(0);
  }

  @Test
  void signsByWebCrypto() throws IOException {
    signsInJavaScript(1);
  }

  private void signsInJavaScript(int index) throws IOException {
    String node = Tool.onPath("node", "the example of signing in JavaScript").toString();
    Path program = directory.resolve("example.mjs");
    Files.writeString(
        program,
        example("js", index)
            + "process.stdout.write("
            + "await sign(process.argv[2], process.argv[3], process.argv[4]));\n");

    assertSigns(node, program.toString());
  }

  @Test
  void signsInPython() throws IOException {
    String python = Tool.onPath("python3", "the example of signing in Python").toString();
    Path program = directory.resolve("example.py");
    Files.writeString(
        program,
        example("python", 0)
            + "\nimport sys\nprint(sign(sys.argv[1], sys.argv[2], sys.argv[3]), end='')\n");

    assertSigns(python, program.toString());
  }

  @Test
  void signsInShell() throws IOException {
    Tool.onPath("openssl", "the example of signing in a shell");
    Path program = directory.resolve("example.sh");
    Files.writeString(program, example("sh", 0) + "\nsign \"$1\" \"$2\" \"$3\"\n");

    assertSigns("/bin/sh", program.toString());
  }

  private static void assertSigns(String program, String file) {
    String signature = new Tool(program).run(file, ID, Long.toString(EXPIRES), SECRET);

    assertThat(new CallerSecret("shop", SECRET).hasSigned(ID + "\n" + EXPIRES, signature)).isTrue();
  }

  private static String example(String language, int index) throws IOException {
    List<String> blocks =
        Pattern.compile("(?s)```" + language + "\n(.*?)```")
            .matcher(Files.readString(Path.of("docs/api.md")))
            .results()
            .map(block -> block.group(1))
            .filter(block -> block.contains("sign"))
            .toList();
    return blocks.get(index);
  }
}

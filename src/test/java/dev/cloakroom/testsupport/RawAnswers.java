package dev.cloakroom.testsupport;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The HTTP/1.1 answers in what was read from a connection. */
final class RawAnswers {

  private static final Pattern REQUEST = Pattern.compile("(?m)^([A-Z]+) (\\S+) HTTP/1\\.1\r?$");
  private static final Pattern HEAD =
      Pattern.compile("HTTP/1\\.1 ([0-9]{3}) .*\r\n((?:.+\r\n)*)\r\n");

  private RawAnswers() {}

  /** Checks each, by the request at the same place of what was sent. */
  static void check(String requests, String answers) {
    List<MatchResult> sent = REQUEST.matcher(requests).results().toList();
    List<MatchResult> heads = HEAD.matcher(answers).results().toList();
    for (int i = 0; i < heads.size(); i++) {
      int end = i + 1 < heads.size() ? heads.get(i + 1).start() : answers.length();
      boolean isKnown = i < sent.size();
      String method = isKnown ? sent.get(i).group(1) : "GET";
      String path = isKnown ? sent.get(i).group(2) : "*";
      OpenApi.check(exchange(method, path, heads.get(i), answers.substring(0, end)));
    }
  }

  private static OpenApiExchange exchange(
      String method, String path, MatchResult head, String answers) {
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line : head.group(2).split("\r\n")) {
      String[] header = line.split(":", 2);
      headers.computeIfAbsent(header[0], _ -> new ArrayList<>()).add(header[1].strip());
    }
    String rest = answers.substring(head.end());
    boolean isWhole =
        List.of(Integer.toString(rest.length())).equals(headers.get("Content-Length"));
    return new OpenApiExchange(
        method, path, Integer.parseInt(head.group(1)), headers, isWhole ? rest : null);
  }
}

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plays a load at Cloakroom and at nginx in turns: a busy minute of the machine is both's. */
record Turns(Server cloakroom, Server nginx) {

  private static final int COUNT = 5;

  interface Load {
    Map<String, Double> play(int port) throws IOException;
  }

  /** Adds figures of one turn to those that all scenes have. */
  interface Extras {
    void add(Map<String, Double> figures, Map<String, Double> ours, Map<String, Double> theirs);
  }

  record Server(Program program, int port) {

    /** The load's figures, and "cpu": seconds for each request. */
    private Map<String, Double> play(Load load) throws IOException {
      double before = program.cpuSeconds();
      Map<String, Double> figures = new LinkedHashMap<>(load.play(port));
      figures.put("cpu", (program.cpuSeconds() - before) / figures.get("requests"));
      return figures;
    }
  }

  /** Figures are medians, and their names begin with the title. */
  Map<String, Double> compare(String title, Load load, Extras extras) throws IOException {
    List<Map<String, Double>> turns = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      Map<String, Double> ours = cloakroom.play(load);
      Map<String, Double> theirs = nginx.play(load);
      Map<String, Double> figures = new LinkedHashMap<>();
      figures.put(title + "requests/s", Figures.rate(ours));
      figures.put(title + "nginx's requests/s", Figures.rate(theirs));
      figures.put(title + "throughput to nginx's", Figures.rate(ours) / Figures.rate(theirs));
      figures.put(title + "p99 ms", ours.get("p99"));
      figures.put(title + "nginx's p99 ms", theirs.get("p99"));
      extras.add(figures, ours, theirs);
      turns.add(figures);
    }
    return Figures.medians(turns);
  }
}

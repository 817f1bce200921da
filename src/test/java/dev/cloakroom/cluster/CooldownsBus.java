package dev.cloakroom.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Replicas in one place, which hear of each other's holds at once. */
public final class CooldownsBus {

  private final List<Member> members = new ArrayList<>();

  /** One more replica. */
  public Cluster join() {
    Member member = new Member();
    members.add(member);
    return member;
  }

  private final class Member implements Cluster {

    private Consumer<Cooldown> listener = _ -> {};

    @Override
    public void listen(Consumer<Cooldown> holds) {
      listener = holds;
    }

    @Override
    public void tell(Cooldown hold) {
      members.stream()
          .filter(member -> member != this)
          .forEach(member -> member.listener.accept(hold));
    }
  }
}

package dev.cloakroom.cluster;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Replicas in one place, which are notified of each other's cooldowns at once. */
public final class CooldownsBus {

  private final List<Member> members = new ArrayList<>();

  /** One more replica. */
  public SharedCooldowns join() {
    Member member = new Member();
    members.add(member);
    return member;
  }

  private final class Member implements SharedCooldowns {

    private Consumer<Cooldown> listener = _ -> {};

    @Override
    public void addListener(Consumer<Cooldown> added) {
      listener = added;
    }

    @Override
    public void publish(Cooldown cooldown) {
      members.stream()
          .filter(member -> member != this)
          .forEach(member -> member.listener.accept(cooldown));
    }
  }
}

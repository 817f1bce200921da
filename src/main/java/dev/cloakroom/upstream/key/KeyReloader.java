package dev.cloakroom.upstream.key;

import dev.cloakroom.settings.Reloader;

/** Brings changed key files into the pool. */
public final class KeyReloader extends Reloader<NamedKey> {

  private final KeySource source;

  /** With the keys that are in the pool. */
  public KeyReloader(KeySource source, KeyPool pool) {
    super(
        new Secrets<>("Key", source::read, pool::replace, NamedKey::name),
        pool.statuses().stream().map(KeyStatus::key).toList());
    this.source = source;
  }

  /** Only where keys come from files. */
  @Override
  public void start() {
    if (source.directory() != null) {
      super.start();
    }
  }
}

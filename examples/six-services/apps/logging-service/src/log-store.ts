import type { LogEntry, LogQuery } from "@acme/contracts";
import MiniSearch from "minisearch";

export interface StoredEntry extends LogEntry {
  id: number;
}

/** The newest entries and a full-text index of their messages. */
export class LogStore {
  private readonly stored = new Map<number, StoredEntry>();
  private readonly index = new MiniSearch<StoredEntry>({ fields: ["message"] });
  private nextId = 1;

  constructor(private readonly capacity: number) {}

  add(entry: LogEntry): void {
    const stored = { ...entry, id: this.nextId++ };
    this.stored.set(stored.id, stored);
    this.index.add(stored);
    if (this.stored.size > this.capacity) this.dropOldest();
  }

  /** Newest first; the words of the text may be beginnings of words. */
  find({ text, level, service, limit }: LogQuery): StoredEntry[] {
    const found = text ? this.search(text) : this.entries();
    return found
      .filter((entry) => (!level || entry.level === level) && (!service || entry.service === service))
      .slice(0, limit);
  }

  entries(): StoredEntry[] {
    return [...this.stored.values()].reverse();
  }

  private search(text: string): StoredEntry[] {
    const ids = this.index.search(text, { prefix: true, combineWith: "AND" }).map((hit) => Number(hit.id));
    return ids.sort((a, b) => b - a).flatMap((id) => this.stored.get(id) ?? []);
  }

  private dropOldest(): void {
    for (const [id, entry] of this.stored) {
      this.stored.delete(id);
      this.index.remove(entry);
      return;
    }
  }
}

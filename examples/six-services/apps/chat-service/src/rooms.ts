import { EventEmitter } from "node:events";
import type { Message, NewMessage, RoomSummary } from "@acme/contracts";
import { monotonicFactory } from "ulid";

const KEPT_MESSAGES = 200;

/** The last messages of each room. Emits "message" for every new one. */
export class Rooms extends EventEmitter<{ message: [Message] }> {
  private readonly history: Map<string, Message[]>;
  private readonly nextId = monotonicFactory();

  constructor(names: readonly string[]) {
    super();
    this.history = new Map(names.map((name) => [name, []]));
  }

  has(room: string): boolean {
    return this.history.has(room);
  }

  summaries(): RoomSummary[] {
    return [...this.history].map(([name, messages]) => ({
      name,
      messages: messages.length,
      lastMessageAt: messages.at(-1)?.sentAt ?? null,
    }));
  }

  /** Ids sort by time, so "after" is a plain comparison of texts. */
  messages(room: string, after = ""): Message[] | undefined {
    return this.history.get(room)?.filter((message) => message.id > after);
  }

  post(room: string, message: NewMessage): Message | undefined {
    const messages = this.history.get(room);
    if (!messages) return undefined;
    const sent = { ...message, id: this.nextId(), room, sentAt: new Date().toISOString() };
    messages.push(sent);
    if (messages.length > KEPT_MESSAGES) messages.shift();
    this.emit("message", sent);
    return sent;
  }
}

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { retry } from "@acme/common";
import type { RenderedLetter } from "./render";

export interface Letter extends RenderedLetter {
  id: string;
  to: string;
  status: "queued" | "sent" | "failed";
}

export type Transport = (letter: Letter) => Promise<void>;

const KEPT_LETTERS = 500;

/** Letters on their way out and the latest that went. */
export class Outbox {
  private readonly letters: Letter[] = [];

  constructor(private readonly transport: Transport = pretendToSend) {}

  add(to: string, rendered: RenderedLetter): Letter {
    const letter: Letter = { ...rendered, id: randomUUID(), to, status: "queued" };
    this.letters.push(letter);
    if (this.letters.length > KEPT_LETTERS) this.letters.shift();
    void this.deliver(letter);
    return letter;
  }

  latest(count: number): Pick<Letter, "id" | "to" | "subject" | "status">[] {
    const latest = this.letters.slice(-count).reverse();
    return latest.map(({ id, to, subject, status }) => ({ id, to, subject, status }));
  }

  private async deliver(letter: Letter): Promise<void> {
    try {
      await retry(() => this.transport(letter), { attempts: 3, firstDelayMs: 200 });
      letter.status = "sent";
    } catch {
      letter.status = "failed";
    }
  }
}

/** Stands in for a mail relay. */
async function pretendToSend(): Promise<void> {
  await sleep(5);
}

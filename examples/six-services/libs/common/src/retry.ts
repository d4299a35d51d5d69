import { setTimeout as sleep } from "node:timers/promises";

export interface RetryOptions {
  attempts: number;
  firstDelayMs: number;
}

/** Calls until it succeeds, waiting twice as long each time; the last failure is thrown. */
export async function retry<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= options.attempts) throw error;
      await sleep(options.firstDelayMs * 2 ** (attempt - 1));
    }
  }
}

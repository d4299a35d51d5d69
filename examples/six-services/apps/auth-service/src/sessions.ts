import Bowser from "bowser";

export interface Session {
  /** For the reader: "Firefox on Windows". */
  device: string;
  startedAt: string;
}

const KEPT_SESSIONS = 10;

/** The latest sign-ins of each account, so that people can spot one that is not theirs. */
export class Sessions {
  private readonly byAccount = new Map<string, Session[]>();

  start(accountId: string, userAgent: string | undefined): void {
    const session = { device: describeDevice(userAgent), startedAt: new Date().toISOString() };
    this.byAccount.set(accountId, [session, ...this.list(accountId)].slice(0, KEPT_SESSIONS));
  }

  list(accountId: string): Session[] {
    return this.byAccount.get(accountId) ?? [];
  }
}

function describeDevice(userAgent: string | undefined): string {
  if (!userAgent) return "Unknown device";
  const { browser, os } = Bowser.parse(userAgent);
  return `${browser.name || "Unknown browser"} on ${os.name || "unknown system"}`;
}

import { getConnInfo } from "@hono/node-server/conninfo";
import type { MiddlewareHandler } from "hono";
import { LRUCache } from "lru-cache";

export interface RateLimit {
  requests: number;
  windowMs: number;
}

/** Counts requests of each client address in windows of fixed length. */
export function limitRate({ requests, windowMs }: RateLimit): MiddlewareHandler {
  const counters = new LRUCache<string, { count: number }>({ max: 10_000, ttl: windowMs });

  return async (c, next) => {
    const client = getConnInfo(c).remote.address ?? "unknown";
    const counter = counters.get(client) ?? { count: 0 };
    if (counter.count === 0) counters.set(client, counter);
    counter.count += 1;

    c.header("RateLimit-Remaining", String(Math.max(0, requests - counter.count)));
    if (counter.count > requests) {
      c.header("Retry-After", String(Math.ceil(counters.getRemainingTTL(client) / 1000)));
      return c.json({ error: "Too many requests" }, 429);
    }
    return next();
  };
}

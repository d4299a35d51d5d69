import { retry } from "@acme/common";
import type { Logger } from "@acme/common";
import type { Context } from "hono";
import { proxy } from "hono/proxy";
import type { Route } from "./routes";

/** Sends the request on to the service behind the route; only reads are tried again. */
export async function forward(c: Context, route: Route, logger: Logger): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  const target = new URL(pathname.slice(`/api/${route.name}`.length) + search, route.upstream);
  const attempts = c.req.method === "GET" ? 3 : 1;

  try {
    return await retry(() => proxy(target, c.req), { attempts, firstDelayMs: 50 });
  } catch (error) {
    logger.warn("upstream unreachable", { route: route.name, reason: String(error) });
    return c.json({ error: `The service ${route.name} does not answer` }, 502);
  }
}

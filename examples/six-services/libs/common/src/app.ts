import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { requestId } from "hono/request-id";
import type { Logger } from "./logger";

/** An HTTP application with request ids, JSON errors and GET /health. */
export function createApp(service: string, logger: Logger): Hono {
  const app = new Hono();
  app.use(requestId());

  app.get("/health", (c) =>
    c.json({ status: "ok", service, uptimeSeconds: Math.round(process.uptime()) }),
  );

  app.notFound((c) => c.json({ error: `No such route: ${c.req.method} ${c.req.path}` }, 404));

  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
    logger.error("request failed", { path: c.req.path, reason: String(error) });
    return c.json({ error: "Internal error" }, 500);
  });

  return app;
}

export function badRequest(message: string): HTTPException {
  return new HTTPException(400, { message });
}

export function notFound(what: string): HTTPException {
  return new HTTPException(404, { message: `No such ${what}` });
}

export function unauthorized(message: string): HTTPException {
  return new HTTPException(401, { message });
}

export function conflict(message: string): HTTPException {
  return new HTTPException(409, { message });
}

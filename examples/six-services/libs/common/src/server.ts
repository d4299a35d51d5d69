import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import type { ServiceConfig } from "./config";
import type { Logger } from "./logger";

/** Listens, and ends in order on SIGTERM or SIGINT: no new connections, open requests may finish. */
export function startServer(app: Hono, config: ServiceConfig, logger: Logger): Server {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;

  server.on("error", (error) => {
    logger.error("cannot listen", { reason: error.message });
    process.exit(1);
  });
  server.listen(config.port, config.host, () => {
    const address = server.address();
    const port = typeof address === "object" ? address?.port : config.port;
    logger.info("listening", { host: config.host, port });
  });

  const stop = (signal: NodeJS.Signals) => {
    logger.info("stopping", { signal });
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2000).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);

  return server;
}

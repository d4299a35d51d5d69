import { createApp, createLogger, notFound, readConfig, startServer } from "@acme/common";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { createTokenGuard } from "./auth";
import { forward } from "./proxy";
import { limitRate } from "./rate-limit";
import { findRoute, readRoutes } from "./routes";

const config = readConfig(3000);
const logger = createLogger("api-gateway", config.logLevel);
const routes = readRoutes();
const requireToken = createTokenGuard(process.env.AUTH_SERVICE_URL ?? "http://127.0.0.1:3001");

const app = createApp("api-gateway", logger);
app.use(secureHeaders());
app.use(cors({ origin: process.env.WEB_ORIGIN ?? "http://localhost:5173" }));

app.get("/routes", (c) => c.json({ routes }));

app.get("/routes/:name", (c) => {
  const route = findRoute(routes, c.req.param("name"));
  if (!route) throw notFound("route");
  return c.json(route);
});

app.all("/api/:name/*", limitRate({ requests: 300, windowMs: 60_000 }), async (c) => {
  const route = findRoute(routes, c.req.param("name"));
  if (!route) throw notFound("service");
  if (!route.public) await requireToken(c);
  return forward(c, route, logger);
});

startServer(app, config, logger);

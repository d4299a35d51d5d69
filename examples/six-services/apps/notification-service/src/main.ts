import { createApp, createLogger, readBody, readConfig, startServer } from "@acme/common";
import { LOCALES, NotificationRequest, TEMPLATE_NAMES } from "@acme/contracts";
import { Outbox } from "./outbox";
import { render } from "./render";

const config = readConfig(3004);
const logger = createLogger("notification-service", config.logLevel);
const outbox = new Outbox();
const app = createApp("notification-service", logger);

app.get("/v1/templates", (c) => c.json({ templates: TEMPLATE_NAMES, locales: LOCALES }));

app.post("/v1/preview", async (c) => c.json(render(await readBody(c, NotificationRequest))));

app.post("/v1/notifications", async (c) => {
  const request = await readBody(c, NotificationRequest);
  const letter = outbox.add(request.to, render(request));
  logger.debug("notification queued", { id: letter.id, template: request.template });
  return c.json({ id: letter.id, status: letter.status }, 202);
});

app.get("/v1/notifications", (c) => c.json({ notifications: outbox.latest(20) }));

startServer(app, config, logger);

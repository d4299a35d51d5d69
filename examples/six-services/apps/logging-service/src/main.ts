import { createApp, createLogger, readBody, readConfig, readQuery, startServer } from "@acme/common";
import { LogBatch, LogQuery } from "@acme/contracts";
import { LogStore } from "./log-store";
import { summarize } from "./statistics";

const config = readConfig(3005);
const logger = createLogger("logging-service", config.logLevel);
const store = new LogStore(5000);
const app = createApp("logging-service", logger);

app.post("/v1/logs", async (c) => {
  const { entries } = await readBody(c, LogBatch);
  for (const entry of entries) store.add(entry);
  return c.json({ accepted: entries.length }, 202);
});

app.get("/v1/logs", (c) => c.json({ entries: store.find(readQuery(c, LogQuery)) }));

app.get("/v1/statistics", (c) => c.json(summarize(store.entries())));

const started = new Date().toISOString();
store.add({ time: started, level: "info", service: "logging-service", message: "log store opened" });

startServer(app, config, logger);

import { createApp, createLogger, notFound, readBody, readConfig, readQuery, startServer } from "@acme/common";
import { UserChange, UserQuery } from "@acme/contracts";
import { Directory } from "./directory";
import { toProfile } from "./profile";
import { seedUsers } from "./seed";

const config = readConfig(3002);
const logger = createLogger("user-service", config.logLevel);
const directory = new Directory(seedUsers(60));
const app = createApp("user-service", logger);

app.get("/v1/users", (c) => c.json({ users: directory.list(readQuery(c, UserQuery)) }));

app.get("/v1/users/:id", (c) => {
  const user = directory.get(c.req.param("id"));
  if (!user) throw notFound("user");
  return c.json(toProfile(user));
});

app.patch("/v1/users/:id", async (c) => {
  const user = directory.change(c.req.param("id"), await readBody(c, UserChange));
  if (!user) throw notFound("user");
  return c.json(toProfile(user));
});

app.get("/v1/teams", (c) => c.json({ teams: directory.teams() }));

startServer(app, config, logger);

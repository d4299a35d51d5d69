import { createApp, createLogger, notFound, readBody, readConfig, startServer, unauthorized } from "@acme/common";
import { Login, Registration, TokenCheck } from "@acme/contracts";
import { Accounts } from "./accounts";
import { startFederation } from "./federation";
import { Sessions } from "./sessions";
import { createTokens } from "./tokens";
import { createEnrolment, isValidCode } from "./two-factor";

async function main(): Promise<void> {
  const config = readConfig(3001);
  const logger = createLogger("auth-service", config.logLevel);
  const accounts = new Accounts();
  const sessions = new Sessions();
  const tokens = await createTokens();
  const app = createApp("auth-service", logger);

  app.get("/.well-known/jwks.json", (c) => c.json(tokens.publicKeys));

  app.post("/v1/register", async (c) => {
    const account = await accounts.register(await readBody(c, Registration));
    return c.json({ id: account.id, email: account.email }, 201);
  });

  app.post("/v1/login", async (c) => {
    const login = await readBody(c, Login);
    const account = await accounts.authenticate(login.email, login.password);
    if (account.secret && !isValidCode(account.secret, login.code)) {
      throw unauthorized("The code of the second factor is needed");
    }
    sessions.start(account.id, c.req.header("user-agent"));
    return c.json(await tokens.issue(account.id));
  });

  app.get("/v1/sessions", async (c) => {
    const token = c.req.header("authorization")?.replace(/^Bearer /, "") ?? "";
    const { sub = "" } = await tokens.verify(token);
    return c.json({ sessions: sessions.list(sub) });
  });

  app.post("/v1/tokens/verify", async (c) => {
    const { token } = await readBody(c, TokenCheck);
    return c.json(await tokens.verify(token));
  });

  app.post("/v1/two-factor", async (c) => {
    const login = await readBody(c, Login);
    const account = await accounts.authenticate(login.email, login.password);
    const enrolment = createEnrolment(account.email);
    account.secret = enrolment.secret;
    return c.json(enrolment, 201);
  });

  app.get("/v1/federation/:provider", async (c) => {
    const start = await startFederation(c.req.param("provider"));
    if (!start) throw notFound("identity provider");
    return c.json(start);
  });

  startServer(app, config, logger);
}

void main();

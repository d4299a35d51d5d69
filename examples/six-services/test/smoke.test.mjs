// Starts every built service on a free port, asks for its health and one route, and stops it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import test from "node:test";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

const ROUTES = {
  "api-gateway": "/routes",
  "auth-service": "/.well-known/jwks.json",
  "user-service": "/v1/users?team=platform&limit=5",
  "chat-service": "/v1/rooms",
  "notification-service": "/v1/templates",
  "logging-service": "/v1/logs?text=store",
};

async function start(service) {
  const child = spawn(process.execPath, [path.join(root, "dist", "apps", service, "main.js")], {
    env: { ...process.env, PORT: "0", LOG_LEVEL: "info" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { message, port } = JSON.parse(line);
    if (message === "listening") return { child, address: `http://127.0.0.1:${port}` };
  }
  throw new Error(`${service} ended before it listened`);
}

for (const [service, route] of Object.entries(ROUTES)) {
  test(service, { timeout: 20_000 }, async () => {
    const { child, address } = await start(service);
    try {
      const health = await fetch(`${address}/health`);
      assert.equal(health.status, 200);
      assert.deepEqual(
        { ...(await health.json()), uptimeSeconds: 0 },
        { status: "ok", service, uptimeSeconds: 0 },
      );
      const answer = await fetch(address + route);
      assert.equal(answer.status, 200);
      assert.equal(typeof (await answer.json()), "object");
    } finally {
      child.kill("SIGTERM");
    }
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });
}

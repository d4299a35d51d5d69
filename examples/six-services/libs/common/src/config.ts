import type { LogLevel } from "./logger";

export interface ServiceConfig {
  host: string;
  port: number;
  logLevel: LogLevel;
}

type Environment = Record<string, string | undefined>;

/** Reads HOST, PORT and LOG_LEVEL. Port 0 lets the system choose a free one. */
export function readConfig(defaultPort: number, env: Environment = process.env): ServiceConfig {
  return {
    host: env.HOST ?? "127.0.0.1",
    port: readPort(env.PORT, defaultPort),
    logLevel: readLogLevel(env.LOG_LEVEL),
  };
}

function readPort(text: string | undefined, fallback: number): number {
  if (text === undefined || text === "") return fallback;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`PORT must be a number from 0 to 65535, not ${JSON.stringify(text)}`);
  }
  return port;
}

function readLogLevel(text: string | undefined): LogLevel {
  switch (text) {
    case "debug":
    case "info":
    case "warn":
    case "error":
      return text;
    case undefined:
    case "":
      return "info";
    default:
      throw new Error(`LOG_LEVEL must be debug, info, warn or error, not ${JSON.stringify(text)}`);
  }
}

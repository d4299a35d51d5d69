const SEVERITY = { debug: 10, info: 20, warn: 30, error: 40 };

export type LogLevel = keyof typeof SEVERITY;
export type LogFields = Record<string, unknown>;
export type Logger = Record<LogLevel, (message: string, fields?: LogFields) => void>;

/** One JSON object a line, in the shape that logging-service collects. */
export function createLogger(service: string, minimum: LogLevel): Logger {
  const write = (level: LogLevel) => (message: string, fields: LogFields = {}) => {
    if (SEVERITY[level] < SEVERITY[minimum]) return;
    const entry = { time: new Date().toISOString(), level, service, message, ...fields };
    process.stdout.write(`${JSON.stringify(entry)}\n`);
  };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

import { LOG_LEVELS } from "@acme/contracts";
import type { LogEntry, LogLevel } from "@acme/contracts";

export interface LogStatistics {
  total: number;
  levels: Record<LogLevel, number>;
  services: Record<string, number>;
  errorRate: number;
}

export function summarize(entries: readonly LogEntry[]): LogStatistics {
  const levels = Object.fromEntries(LOG_LEVELS.map((level) => [level, 0])) as Record<LogLevel, number>;
  const services: Record<string, number> = {};
  for (const { level, service } of entries) {
    levels[level] += 1;
    services[service] = (services[service] ?? 0) + 1;
  }
  return {
    total: entries.length,
    levels,
    services,
    errorRate: entries.length === 0 ? 0 : levels.error / entries.length,
  };
}

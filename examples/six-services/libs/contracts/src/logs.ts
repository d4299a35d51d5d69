import * as z from "zod";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export const LogLevel = z.enum(LOG_LEVELS);
export type LogLevel = z.infer<typeof LogLevel>;

export const LogEntry = z.object({
  time: z.iso.datetime(),
  level: LogLevel,
  service: z.string().min(1).max(60),
  message: z.string().max(4000),
});
export type LogEntry = z.infer<typeof LogEntry>;

export const LogBatch = z.object({ entries: z.array(LogEntry).min(1).max(500) });
export type LogBatch = z.infer<typeof LogBatch>;

export const LogQuery = z.object({
  text: z.string().optional(),
  level: LogLevel.optional(),
  service: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type LogQuery = z.infer<typeof LogQuery>;

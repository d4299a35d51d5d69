import * as z from "zod";

export const User = z.object({
  id: z.uuid(),
  name: z.string().min(1).max(80),
  email: z.email(),
  team: z.string().min(1).max(40),
  timeZone: z.string(),
  joined: z.iso.date(),
});
export type User = z.infer<typeof User>;

export const UserChange = User.pick({ name: true, team: true, timeZone: true }).partial();
export type UserChange = z.infer<typeof UserChange>;

export const UserQuery = z.object({
  team: z.string().optional(),
  sort: z.enum(["name", "joined"]).default("name"),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
export type UserQuery = z.infer<typeof UserQuery>;

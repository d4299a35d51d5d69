import * as z from "zod";

export const NewMessage = z.object({
  author: z.string().min(1).max(80),
  text: z.string().trim().min(1).max(2000),
});
export type NewMessage = z.infer<typeof NewMessage>;

export interface Message extends NewMessage {
  id: string;
  room: string;
  sentAt: string;
}

export interface RoomSummary {
  name: string;
  messages: number;
  lastMessageAt: string | null;
}

/** What a WebSocket client sends: join a room, or say something in it. */
export const ClientFrame = z.discriminatedUnion("type", [
  z.object({ type: z.literal("join"), room: z.string() }),
  z.object({ type: z.literal("say"), room: z.string(), message: NewMessage }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

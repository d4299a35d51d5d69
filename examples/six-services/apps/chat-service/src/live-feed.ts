import type { Server } from "node:http";
import type { Logger } from "@acme/common";
import { ClientFrame } from "@acme/contracts";
import { WebSocket, WebSocketServer } from "ws";
import type { RawData } from "ws";
import type { Rooms } from "./rooms";

/** ws://.../live: clients join rooms, say things and hear what is said in them. */
export function attachLiveFeed(server: Server, rooms: Rooms, logger: Logger): void {
  const sockets = new WebSocketServer({ server, path: "/live", maxPayload: 16 * 1024 });
  const joined = new Map<WebSocket, Set<string>>();

  sockets.on("connection", (socket) => {
    joined.set(socket, new Set());
    socket.on("message", (data) => handle(socket, data));
    socket.on("error", (error) => logger.warn("socket failed", { reason: error.message }));
    socket.on("close", () => joined.delete(socket));
  });

  rooms.on("message", (message) => {
    const frame = JSON.stringify({ type: "message", message });
    for (const [socket, names] of joined) {
      if (names.has(message.room) && socket.readyState === WebSocket.OPEN) socket.send(frame);
    }
  });

  process.once("SIGTERM", () => {
    for (const socket of joined.keys()) socket.close(1001, "The service is stopping");
  });

  function handle(socket: WebSocket, data: RawData): void {
    const frame = ClientFrame.safeParse(parseJson(String(data)));
    if (!frame.success || !rooms.has(frame.data.room)) {
      socket.send(JSON.stringify({ type: "error", error: "Not understood" }));
    } else if (frame.data.type === "join") {
      joined.get(socket)?.add(frame.data.room);
    } else {
      rooms.post(frame.data.room, frame.data.message);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

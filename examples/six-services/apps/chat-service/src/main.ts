import { createApp, createLogger, notFound, readBody, readConfig, startServer } from "@acme/common";
import { NewMessage } from "@acme/contracts";
import { attachLiveFeed } from "./live-feed";
import { Rooms } from "./rooms";

const config = readConfig(3003);
const logger = createLogger("chat-service", config.logLevel);
const rooms = new Rooms(["general", "random", "support"]);
rooms.post("general", { author: "Ada Abel", text: "Good morning!" });
rooms.post("general", { author: "Emre Brandt", text: "Hello, the new build is out." });

const app = createApp("chat-service", logger);

app.get("/v1/rooms", (c) => c.json({ rooms: rooms.summaries() }));

app.get("/v1/rooms/:room/messages", (c) => {
  const messages = rooms.messages(c.req.param("room"), c.req.query("after"));
  if (!messages) throw notFound("room");
  return c.json({ messages });
});

app.post("/v1/rooms/:room/messages", async (c) => {
  const message = rooms.post(c.req.param("room"), await readBody(c, NewMessage));
  if (!message) throw notFound("room");
  return c.json(message, 201);
});

const server = startServer(app, config, logger);
attachLiveFeed(server, rooms, logger);

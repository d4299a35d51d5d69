// Plants a wait in a copy of this workspace, as a forgotten lookup would bring it: GET /v1/rooms of chat-service answers
// 3 ms later. No byte of a budget notices.
//   node demo/plant-wait.mjs <folder of the copy>      then build again
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node demo/plant-wait.mjs <folder of the copy>");
  process.exit(2);
}
const file = path.join(path.resolve(folder), "apps", "chat-service", "src", "main.ts");
const before = 'app.get("/v1/rooms", (c) => c.json({ rooms: rooms.summaries() }));';
const after = `app.get("/v1/rooms", async (c) => {
  await new Promise((resolve) => setTimeout(resolve, 3));
  return c.json({ rooms: rooms.summaries() });
});`;

const text = await readFile(file, "utf8");
if (!text.includes(before)) {
  console.error(`${file} is not as this script knows it`);
  process.exit(1);
}
await writeFile(file, text.replace(before, after));
console.log("Planted in apps/chat-service: GET /v1/rooms waits 3 ms");

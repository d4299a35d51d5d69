const { writeSync } = require("node:fs");

const line = "\x1b[31m::error::not yours\x1b[0m \x1b]0;title\x07\x00\x08 ##[add-mask]x \xff\r\n".repeat(20_000);
for (let written = 0; written < Number(process.env.MEGABYTES ?? 12) * 1e6; written += line.length) writeSync(1, line);
console.log("\x1b[32mready\x1b[39m to serve");
require("./steady.js");

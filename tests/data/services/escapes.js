const { spawn } = require("node:child_process");

// detached: a session and a group of its own.
const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
child.unref();
require("./steady.js");

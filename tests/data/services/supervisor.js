const { spawn } = require("node:child_process");

const start = () => spawn(process.execPath, [`${__dirname}/steady.js`], { stdio: "inherit" }).on("exit", start);
start();
process.on("SIGTERM", () => console.log("workers are looked after"));

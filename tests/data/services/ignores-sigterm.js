require("./steady.js");
process.removeAllListeners("SIGTERM");
process.on("SIGTERM", () => console.log("not yet"));

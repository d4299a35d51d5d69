const { createServer } = require("node:http");

const server = createServer((request, response) => response.end(JSON.stringify({ path: request.url })));
server.listen(process.env.PORT, process.env.HOST, () => console.log("listening"));
process.on("SIGTERM", () => process.exit(0));

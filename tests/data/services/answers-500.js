const { createServer } = require("node:http");

createServer((request, response) => {
  response.statusCode = 500;
  response.end("no database");
}).listen(process.env.PORT);

const { createServer } = require("node:http");

let left = Number(process.env.REQUESTS ?? 3);
createServer((request, response) => {
  response.statusCode = left-- > 0 ? 503 : 200;
  response.end();
}).listen(process.env.PORT);

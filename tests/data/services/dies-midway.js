const { createServer } = require("node:http");

let left = Number(process.env.REQUESTS ?? 20);
createServer((request, response) => {
  if (--left <= 0) {
    console.error("out of orders");
    process.exit(3);
  }
  response.end();
}).listen(process.env.PORT);

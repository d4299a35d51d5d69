const { createServer } = require("node:http");

function listen() {
  process.stdout.write("almost rea");
  createServer((request, response) => response.end()).listen(process.env.PORT, () => {
    setTimeout(() => process.stdout.write("dy\n"), 100);
  });
}

setTimeout(listen, Number(process.env.START_MS ?? 1000));

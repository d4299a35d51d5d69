"use strict";
// Preloaded into a service (NODE_OPTIONS=--require), makes its handlers slower by a fixed amount of work for each route.
// INJECTED_WORK is JSON: {"GET /v1/rooms": rounds}. Counted in rounds, not in time: on a machine that is busy, or slow,
// the work takes longer in the same measure as the service itself does, so that its share stays what it was set to.
const http = require("node:http");

const work = new Map(Object.entries(JSON.parse(process.env.INJECTED_WORK || "{}")));
let sink = 1;

function burn(rounds) {
  let value = sink;
  for (let round = 0; round < rounds; round++) value = (Math.imul(value, 1664525) + 1013904223) | 0;
  sink = value;
}

// Compiled before the first request, like code that has long been running.
for (let call = 0; call < 200; call++) burn(20_000);

const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, request, ...rest) {
  if (event === "request") burn(work.get(`${request.method} ${request.url}`) ?? 0);
  return emit.call(this, event, request, ...rest);
};

'use strict';
// A service that leaks, or only looks like it. KIND says what it does with memory that it may, LEAK how many bytes a
// request it loses, AS what. WORKERS > 0: a cluster of so many. Listens on PORT.
const cluster = require('cluster');
const http = require('http');
const { EventEmitter } = require('events');

const kind = process.env.KIND || 'plain';
const size = Number(process.env.LEAK || 0);
const as = process.env.AS || 'object';
const workers = Number(process.env.WORKERS || 0);

// A string of its own of that length, in one piece: joined ones are kept as trees, many times as large.
const text = (length, number) => {
  const bytes = Buffer.alloc(Math.max(8, length), 120);
  bytes.write(String(number).padStart(8, '0'));
  return bytes.toString('latin1');
};

class Leaked {
  constructor(number) {
    this.number = number;
    this.text = text(size - 72, number);
  }
}

const kept = [];
const bus = new EventEmitter();
bus.setMaxListeners(0);
const lose = {
  object: (number) => kept.push(new Leaked(number)),
  buffer: (number) => kept.push(Buffer.alloc(size, number & 255)),
  listener: (number) => {
    const held = text(size - 120, number);
    bus.on('change', function onChange() { return held; });
  },
}[as];

// What services do that is no leak, however it looks for a while.
const cache = new Map();
let lines = [];
const seen = new Set();
const behave = {
  plain: () => {},
  // 4,000 entries of 1 KiB, the oldest goes first.
  lru: (number) => {
    cache.set(number % 9000, Buffer.alloc(1024));
    if (cache.size > 4000) cache.delete(cache.keys().next().value);
  },
  // What is older than half a second goes.
  ttl: (number) => {
    const now = Date.now();
    cache.set(number, { now, text: text(200, number) });
    for (const [key, entry] of cache) {
      if (now - entry.now < 500) break;
      cache.delete(key);
    }
  },
  // Written out every 3,500 lines.
  logbuffer: (number) => {
    lines.push({ number, at: new Date(), text: text(300, number) });
    if (lines.length >= 3500) lines = [];
  },
  // Tables that fill as the values of a request come by, faster at first.
  warmup: () => seen.add(Math.floor(Math.random() * 6000)),
  // 2,000 objects in each request.
  churn: () => Array.from({ length: 2000 }, (_, i) => ({ i, text: 'z' + i })).length,
}[kind];

if (workers && cluster.isPrimary) {
  for (let i = 0; i < workers; i += 1) cluster.fork();
  process.on('SIGTERM', () => process.exit(0));
} else {
  let number = 0;
  http.createServer((request, response) => {
    number += 1;
    behave(number);
    if (size) lose(number);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ number }));
  }).listen(process.env.PORT, '127.0.0.1');
}

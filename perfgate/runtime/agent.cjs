'use strict';
// Loaded into a Node process by NODE_OPTIONS=--require; answers on a unix socket what the process holds.
//
// One question a line, one line of JSON for an answer:
//   use             what process.memoryUsage says, and the number of worker threads
//   collect         the same after a forced collection
//   spaces          bytes in use in each space of the heap
//   handles         what keeps the process alive, by kind
//   snapshot PATH   writes a heap snapshot
//   scripts         the file of each script by the number that snapshots have for it; asked last, since debugging slows
//
// Right after one collection V8 may count some 200 KB that the next one, or the one after it, no longer counts: pages that
// are still being swept, what finalizers have let go. The least of four collections varies by 15 KB, the last of two by 80.
//
// It is a guest: the socket does not keep the process alive, nothing is printed, no error of its own reaches the service.
// Written for Node 18 and newer; an older one leaves it without harm, so no syntax here is newer than what Node 10 knows.
const COLLECTIONS = 4;

(function () {
  const folder = process.env.PERFGATE_AGENT;
  if (!folder) return;
  try {
    if (!require('worker_threads').isMainThread) return;
    const fs = require('fs');
    const net = require('net');
    const v8 = require('v8');
    const soon = setImmediate;
    let workers = 0;

    process.on('worker', function (worker) {
      workers += 1;
      worker.once('exit', function () { workers -= 1; });
    });

    let collector;
    const collect = function () {
      if (!collector) {
        v8.setFlagsFromString('--expose_gc');
        collector = require('vm').runInNewContext('gc');
        v8.setFlagsFromString('--no-expose_gc');
      }
      collector();
    };

    const use = function () {
      const held = process.memoryUsage();
      return {
        heapUsed: held.heapUsed,
        heapTotal: held.heapTotal,
        external: held.external,
        arrayBuffers: held.arrayBuffers || 0,
        rss: held.rss,
        workers: workers,
      };
    };

    const spaces = function () {
      const found = {};
      for (const space of v8.getHeapSpaceStatistics()) found[space.space_name] = space.space_used_size;
      return found;
    };

    const handles = function () {
      const found = {};
      for (const kind of process.getActiveResourcesInfo()) found[kind] = (found[kind] || 0) + 1;
      return found;
    };

    const scripts = function () {
      const found = {};
      const session = new (require('inspector').Session)();
      session.connect();
      session.on('Debugger.scriptParsed', function (message) {
        if (message.params.url) found[message.params.scriptId] = message.params.url;
      });
      session.post('Debugger.enable');
      session.disconnect();
      return found;
    };

    const answer = function (question, done) {
      const asked = question.split(' ')[0];
      if (asked === 'use') return done(use());
      if (asked === 'spaces') return done(spaces());
      if (asked === 'handles') return done(handles());
      if (asked === 'scripts') return done(scripts());
      if (asked === 'snapshot') return done({ file: v8.writeHeapSnapshot(question.slice(9)) });
      if (asked !== 'collect') return done({ error: 'unknown question' });
      let least;
      let left = COLLECTIONS;
      const step = guarded(done, function () {
        collect();
        const found = use();
        if (!least || found.heapUsed + found.external < least.heapUsed + least.external) least = found;
        left -= 1;
        if (left) soon(step);
        else done(least);
      });
      soon(step);
    };

    const guarded = function (done, step) {
      return function () {
        try {
          step();
        } catch (error) {
          done({ error: String(error) });
        }
      };
    };

    const server = net.createServer(function (connection) {
      let read = '';
      connection.unref();
      connection.setEncoding('utf8');
      connection.on('error', function () {});
      connection.on('data', function (piece) {
        read += piece;
        for (let end = read.indexOf('\n'); end >= 0; end = read.indexOf('\n')) {
          const question = read.slice(0, end);
          read = read.slice(end + 1);
          const done = function (found) { connection.write(JSON.stringify(found) + '\n'); };
          guarded(done, function () { answer(question, done); })();
        }
      });
    });
    const socket = require('path').join(folder, process.pid + '.sock');
    server.on('error', function () {});
    // Exclusive: a worker of a cluster would else have its primary listen for it.
    server.listen({ path: socket, exclusive: true });
    server.unref();
    process.on('exit', function () {
      try {
        fs.unlinkSync(socket);
      } catch (error) {
        // The folder is gone already, or never was.
      }
    });
  } catch (error) {
    // A process that cannot have an agent is measured from outside.
  }
})();

const cluster = require("node:cluster");

process.title = "a title that is longer than the command that it replaces, so that it needs more room than there is";
if (cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
} else {
  require("./steady.js");
}

// Plants a dependency in a copy of this workspace, as a well-meant change would bring it: auth-service takes in moment
// to say in words how long ago a session began.
//   node demo/plant-moment.mjs <folder of the copy>      then install and build again
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node demo/plant-moment.mjs <folder of the copy>");
  process.exit(2);
}
const service = path.join(path.resolve(folder), "apps", "auth-service");
const manifest = path.join(service, "package.json");
const sessions = path.join(service, "src", "sessions.ts");

const declared = JSON.parse(await readFile(manifest, "utf8"));
declared.dependencies.moment = "2.30.1";
await writeFile(manifest, `${JSON.stringify(declared, null, 2)}\n`);

const text = await readFile(sessions, "utf8");
await writeFile(
  sessions,
  text.replace('import Bowser from "bowser";\n', (line) => `${line}import moment from "moment";\n`) +
    `
/** "3 minutes ago", for the reader. */
export function since(session: Session): string {
  return moment(session.startedAt).fromNow();
}

// Shown at once, so that a broken clock is noticed at the first start.
console.error(\`auth-service begins \${moment().format("LLLL")}\`);
`,
);
console.log("Planted in apps/auth-service: moment, imported by src/sessions.ts");

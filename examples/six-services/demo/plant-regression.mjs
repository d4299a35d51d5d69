// Plants a size regression in a copy of this workspace, as a well-meant change would bring it:
// auth-service begins to refuse throw-away e-mail addresses and takes in a whole table for it.
//   node demo/plant-regression.mjs <folder of the copy>
// After the next build auth-service is about 60 KB larger. The domains are made up (RFC 2606).
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

const STARTS =
  "ad-hoc anon anymail blink brief brisk bounce burner casual cloak decoy drop dummy easy empty fake fast " +
  "fizzle flash ghost guest hasty hidden hush incognito instant jetable junk lazy mask minute moment nameless " +
  "nospam once phantom poof quick shadow shred single spam spare stray swap swift temp throwaway tiny trash " +
  "trial vanish void wegwerf whisper yonder yop zero";
const ENDS =
  "address alias bag basket bin box bucket courier depot dispatch drawer envelope flap folder hatch hole inbox " +
  "letter locker mail mailbox mailer message note packet pigeon pocket post postbox postcard relay robot room " +
  "sack sender shelf shop slot spot stamp station";

const folder = process.argv[2];
if (!folder) stop("usage: node demo/plant-regression.mjs <folder of the copy>");
const source = path.join(path.resolve(folder), "apps", "auth-service", "src");

await edit(path.join(source, "accounts.ts"), [
  ['import validator from "validator";\n', 'import { isDisposable } from "./disposable-domains";\n'],
  [
    'if (!address) throw badRequest("The e-mail address is not valid");\n',
    '    if (isDisposable(address)) throw badRequest("Please use a lasting e-mail address");\n',
  ],
]);
await writeFile(path.join(source, "disposable-domains.ts"), table());
console.log(`Planted in ${folder}: apps/auth-service/src/disposable-domains.ts, imported by accounts.ts`);

/** Puts each second text right behind the first one, which must be there. */
async function edit(file, insertions) {
  let text = await readFile(file, "utf8").catch(() => stop(`${file} cannot be read: is this a copy of the workspace?`));
  text = text.replaceAll("\r\n", "\n");
  for (const [anchor, addition] of insertions) {
    if (text.includes(addition)) stop(`${file} has the regression already`);
    if (!text.includes(anchor)) stop(`${file} has changed: cannot find ${JSON.stringify(anchor)}`);
    text = text.replace(anchor, () => anchor + addition);
  }
  await writeFile(file, text);
}

function table() {
  const domains = STARTS.split(" ").flatMap((start) => ENDS.split(" ").map((end) => `${start}-${end}.example`));
  const lines = domains.sort().map((domain) => `  "${domain}",\n`);
  return `/** Providers of throw-away mailboxes. */
const DISPOSABLE_DOMAINS = new Set([
${lines.join("")}]);

export function isDisposable(address: string): boolean {
  return DISPOSABLE_DOMAINS.has(address.slice(address.lastIndexOf("@") + 1));
}
`;
}

function stop(message) {
  console.error(message);
  process.exit(2);
}

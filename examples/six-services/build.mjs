// Bundles services into dist/apps/<service>/: main.js, main.js.map and meta.json.
//   node build.mjs                            every service, in parallel
//   node build.mjs auth-service user-service  only these
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.dirname(fileURLToPath(import.meta.url));
const known = (await readdir(path.join(root, "apps"))).sort();
const services = process.argv.length > 2 ? process.argv.slice(2) : known;

const unknown = services.filter((service) => !known.includes(service));
if (unknown.length > 0) {
  console.error(`No such service: ${unknown.join(", ")}. Known: ${known.join(", ")}`);
  process.exit(2);
}

async function bundle(service) {
  const folder = path.join(root, "dist", "apps", service);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });

  const result = await build({
    // Every path in the output is relative to this folder, so the bytes do not depend on where it lies.
    absWorkingDir: root,
    entryPoints: [`apps/${service}/src/main.ts`],
    outfile: `dist/apps/${service}/main.js`,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    sourcemap: "linked",
    metafile: true,
    logLevel: "warning",
  });

  await writeFile(path.join(folder, "meta.json"), `${JSON.stringify(result.metafile, null, 2)}\n`);
  const { bytes } = result.metafile.outputs[`dist/apps/${service}/main.js`];
  return { service, KiB: Number((bytes / 1024).toFixed(1)) };
}

try {
  console.table(await Promise.all(services.map(bundle)));
} catch {
  // esbuild has already printed each error with its place.
  process.exit(1);
}

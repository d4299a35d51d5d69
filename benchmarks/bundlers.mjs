// Builds services of the example with each bundler, all into OUT/<bundler>/<service>/main.js with a map:
//   node bundlers.mjs EXAMPLE OUT SERVICE...
// esbuild leaves a metafile, webpack and rspack their stats, rollup and vite the raw data of the visualizer.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { rspack } from "@rspack/core";
import commonjs from "@rollup/plugin-commonjs";
import json from "@rollup/plugin-json";
import resolve from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import transpile from "rollup-plugin-esbuild";
import { visualizer } from "rollup-plugin-visualizer";
import { build as vite } from "vite";
import webpack from "webpack";

const [example, out, ...services] = process.argv.slice(2).map((part, index) => (index < 2 ? path.resolve(part) : part));
const entry = (service) => path.join(example, "apps", service, "src", "main.ts");
const folder = (bundler, service) => path.join(out, bundler, service);
const extensions = [".ts", ".mjs", ".js", ".json"];

async function withEsbuild(service, minify) {
  const target = folder(minify ? "esbuild-min" : "esbuild", service);
  const result = await esbuild.build({
    absWorkingDir: example, entryPoints: [entry(service)], outfile: path.join(target, "main.js"), bundle: true, minify,
    platform: "node", format: "cjs", sourcemap: "linked", metafile: true, logLevel: "warning",
  });
  await writeFile(path.join(target, "meta.json"), JSON.stringify(result.metafile));
}

async function withWebpack(bundler, name, service) {
  const target = folder(name, service);
  const loader = name === "rspack"
    ? { loader: "builtin:swc-loader", options: { jsc: { parser: { syntax: "typescript" } } } }
    : { loader: "esbuild-loader", options: { target: "es2022" } };
  const compiler = bundler({
    context: example, entry: entry(service), mode: "production", target: "node", devtool: "source-map",
    output: { path: target, filename: "main.js" }, resolve: { extensions },
    resolveLoader: { modules: [path.join(import.meta.dirname, "node_modules")] },
    module: { rules: [{ test: /\.ts$/, exclude: /node_modules/, use: loader }] },
  });
  const stats = await new Promise((done, failed) => compiler.run((error, found) => (error ? failed(error) : done(found))));
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  const all = { all: false, assets: true, chunks: true, modules: true, nestedModules: true, reasons: true, ids: true,
    cachedModules: true, dependentModules: true, modulesSpace: 99999, nestedModulesSpace: 99999, groupModulesByType: false,
    groupModulesByPath: false, groupModulesByAttributes: false, groupModulesByCacheStatus: false, groupModulesByExtension: false };
  await writeFile(path.join(target, "stats.json"), JSON.stringify(stats.toJson(all)));
}

async function withRollup(service) {
  const target = folder("rollup", service);
  const bundle = await rollup({
    input: entry(service), onwarn() {},
    external: (id) => id.startsWith("node:"),
    plugins: [
      resolve({ extensions, preferBuiltins: true, exportConditions: ["node"] }), commonjs(), json(), transpile({ target: "es2022" }),
      terser(), visualizer({ template: "raw-data", projectRoot: example, filename: path.join(target, "stats-raw.json") }),
    ],
  });
  await bundle.write({ file: path.join(target, "main.js"), format: "cjs", sourcemap: true, inlineDynamicImports: true });
}

async function withVite(service) {
  const target = folder("vite", service);
  await vite({
    root: example, configFile: false, logLevel: "error", ssr: { noExternal: true },
    build: {
      ssr: entry(service), outDir: target, emptyOutDir: true, sourcemap: true, minify: "esbuild", target: "node20",
      rollupOptions: {
        output: { format: "cjs", entryFileNames: "main.js", inlineDynamicImports: true },
        plugins: [visualizer({ template: "raw-data", projectRoot: example, filename: path.join(target, "stats-raw.json") })],
      },
    },
  });
}

for (const service of services) {
  await mkdir(out, { recursive: true });
  await withEsbuild(service, false);
  await withEsbuild(service, true);
  await withWebpack(webpack, "webpack", service);
  await withWebpack(rspack, "rspack", service);
  await withRollup(service);
  await withVite(service);
}

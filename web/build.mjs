// Builds the dashboard: sources in src/ and static/, the result in dist/.   node build.mjs [folder]
//
// One script and one style sheet, named by a hash of their content and so immutable; index.html, which names them, is revalidated
// on each visit. The service worker gets the list of files to cache and a version, the hash of them all.
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");
const common = { absWorkingDir: here, bundle: true, minify: true, target: ["es2022", "chrome116", "firefox124", "safari17.4"], legalComments: "eof", logLevel: "warning" };

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await cp(join(here, "static"), out, { recursive: true });

const bundled = await build({
  ...common,
  entryPoints: ["src/main.js", "src/main.css"],
  entryNames: "assets/[name]-[hash]",
  outdir: out,
  format: "esm",
  metafile: true,
});
const named = Object.keys(bundled.metafile.outputs).map((path) => relative(out, join(here, path)).replaceAll("\\", "/"));
const nameOf = (extension) => named.find((path) => path.endsWith(extension));

const page = (await readFile(join(here, "src/index.html"), "utf8"))
  .replaceAll("%SCRIPT%", nameOf(".js"))
  .replaceAll("%STYLE%", nameOf(".css"));
await writeFile(join(out, "index.html"), page);

// config.json is written at deployment, and the service worker does not cache itself.
const kept = (await readdir(out, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => relative(out, join(entry.parentPath ?? entry.path, entry.name)).replaceAll("\\", "/"))
  .sort();
const digest = createHash("sha256");
for (const path of kept) digest.update(path).update(await readFile(join(out, path)));

await build({
  ...common,
  entryPoints: ["src/worker.js"],
  outfile: join(out, "sw.js"),
  format: "iife",
  define: { KEPT: JSON.stringify(kept), VERSION: JSON.stringify(digest.digest("hex").slice(0, 12)) },
});

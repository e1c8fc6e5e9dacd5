// Fails the build when the core script and style outgrow their budget (KB after gzip).
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const CORE = 40, ISLAND = 35;
const LARGER = { "frontend/islands/api-docs.ts": 480 }; // Swagger UI, on the API's page alone
const dist = new URL("../../static/dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", dist), "utf8"));
const size = (file) => gzipSync(readFileSync(new URL(file, dist))).length / 1024;
const withImports = (entry) => [entry.file, ...(entry.css ?? []), ...(entry.imports ?? []).flatMap((key) => withImports(manifest[key]))];
const withLater = (entry) => [...withImports(entry), ...(entry.dynamicImports ?? []).flatMap((key) => withLater(manifest[key]))];

const app = manifest["frontend/app.ts"];
const core = new Set(withImports(app));
const total = [...core].reduce((sum, file) => sum + size(file), 0);
console.log(`core ${total.toFixed(1)} KB of ${CORE}: ${[...core].map((f) => `${f} ${size(f).toFixed(1)}`).join(", ")}`);
let failed = total > CORE;
for (const key of app.dynamicImports ?? []) {
  const files = [...new Set(withLater(manifest[key]))].filter((file) => !core.has(file));
  const island = files.reduce((sum, file) => sum + size(file), 0);
  const limit = LARGER[key] ?? ISLAND;
  console.log(`${key} ${island.toFixed(1)} KB of ${limit}`);
  failed ||= island > limit;
}
process.exit(failed ? 1 : 0);

// Writes static/fonts/: Inter variable, cut to the letters of the languages we ship.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import subsetFont from "subset-font";

const range = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i)).join("");

const EXTRA = "ĄąĆćĘęŁłŃńŚśŹźŻżĂăȘșȚțŞşŢţČčĎďĚěŇňŘřŠšŤťŮůŽžŐőŰűĞğİıŒœŸĹĺĽľŔŕ";
const SIGNS = "–—‘’‚“”„†•…‰‹›€™←↑→↓↔−≈≠≤≥▲▼◆●○✓Δ";
const SUBSETS = [
  ["inter.woff2", "latin", range(0x20, 0x7e) + range(0xa0, 0xff) + SIGNS],
  ["inter-ext.woff2", "latin-ext", EXTRA],
];

const source = new URL("../../node_modules/@fontsource-variable/inter/files/", import.meta.url);
const target = new URL("../../static/fonts/", import.meta.url);
mkdirSync(target, { recursive: true });
for (const [name, script, text] of SUBSETS) {
  const font = readFileSync(new URL(`inter-${script}-wght-normal.woff2`, source));
  const cut = await subsetFont(font, text, {
    targetFormat: "woff2",
    variationAxes: { wght: { min: 400, max: 700 } },
  });
  writeFileSync(new URL(name, target), cut);
  console.log(`fonts: ${name} ${(cut.length / 1024).toFixed(1)} KB`);
}

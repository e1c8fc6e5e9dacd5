// Writes static/img/icons.svg: one sprite of the Lucide icons the pages use, under our own names.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const ICONS = {
  activity: "activity", alert: "triangle-alert", anchor: "anchor", archive: "archive", battery: "battery-charging",
  bell: "bell", block: "ban", building: "building-2", calendar: "calendar", camera: "camera", car: "car", chart: "chart-line",
  bars: "chart-column", check: "check", "check-circle": "circle-check", chevron: "chevron-down", chevrons: "chevrons-up-down",
  clock: "clock", copy: "copy", database: "database", dock: "warehouse", door: "door-open", download: "download",
  edit: "pencil", euro: "euro", external: "external-link", eye: "eye", "eye-off": "eye-off", factory: "factory",
  file: "file-text", filter: "list-filter", flag: "flag", gauge: "gauge", globe: "globe", handshake: "handshake",
  help: "circle-help", history: "history", home: "house", info: "info", key: "key-round", keyboard: "keyboard",
  layers: "layers", leaf: "leaf", left: "chevron-left", link: "link", list: "list-ordered", lock: "lock", login: "log-in",
  logout: "log-out", mail: "mail", map: "map", menu: "menu", message: "message-square", minus: "minus", more: "ellipsis",
  network: "network", package: "package", paperclip: "paperclip", pause: "pause", phone: "smartphone", pin: "map-pin",
  play: "play", plug: "plug", plus: "plus", printer: "printer", qr: "qr-code", radar: "radar", refresh: "refresh-cw",
  right: "chevron-right", rocket: "rocket", route: "route", save: "save", scan: "scan-line", search: "search", send: "send",
  sequence: "list-ordered", seq: "list-ordered", settings: "settings", share: "share-2", shield: "shield-check", ship: "ship",
  snooze: "alarm-clock", sort: "arrow-up-down", star: "star", stock: "boxes", swap: "arrow-left-right", tag: "tag",
  target: "target", theme: "sun-moon", thermometer: "thermometer", timer: "timer", trash: "trash-2", "trend-down": "trending-down",
  "trend-up": "trending-up", truck: "truck", undo: "undo-2", unlock: "lock-open", upload: "upload", user: "user",
  users: "users", "user-plus": "user-plus", warehouse: "warehouse", wrench: "wrench", x: "x", zap: "zap",
};

const source = new URL("../../node_modules/lucide-static/icons/", import.meta.url);
const target = new URL("../../static/img/", import.meta.url);

function symbol(name, file) {
  const svg = readFileSync(new URL(`${file}.svg`, source), "utf8");
  const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, "").trim()}</symbol>`;
}

mkdirSync(target, { recursive: true });
const symbols = Object.entries(ICONS).map(([name, file]) => symbol(name, file));
writeFileSync(
  new URL("icons.svg", target),
  `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`,
);
console.log(`icons: ${symbols.length}`);

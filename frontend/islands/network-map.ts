/** Map of sites, flows and vehicles: SVG themed by CSS, every marker in tab order; its table is the twin. */
import { geoConicConformal, geoPath, type GeoProjection } from "d3-geo";
import { select, type Selection } from "d3-selection";
import { zoom, zoomIdentity, zoomTransform, type D3ZoomEvent, type ZoomBehavior } from "d3-zoom";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import { text } from "../texts.ts";
import { paintAreas } from "./network-map/areas.ts";
import { Vehicles } from "./network-map/vehicles.ts";
import "./network-map.css";

type Status = "ok" | "info" | "warning" | "critical";
interface Site {
  id: string;
  name: string;
  lat: number;
  lon: number;
  kind?: string;
  own?: boolean;
  owner?: string;
  status: Status;
  exceptions?: number;
  kind_label?: string;
  /** Share of the largest stock, 0 to 1, and the heat class of its days of supply. */
  size?: number;
  tone?: string;
  note?: string;
  href: string;
}
interface Flow {
  from: string;
  to: string;
  status: Status;
  label?: string;
  series?: number;
}
interface Placed extends Site {
  x: number;
  y: number;
}
type Points = Map<string, Placed>;

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 46, APART = 15; // px
const NARROW = 500, LEAST = 8, MOST = 26, MOST_NARROW = 15; // px
let basemap: Promise<Topology> | null = null;

class NetworkMap extends HTMLElement {
  static observedAttributes = ["data-network"];
  private svg: Selection<SVGSVGElement, unknown, null, undefined> | null = null;
  private behaviour: ZoomBehavior<SVGSVGElement, unknown> | null = null;
  private resizer: ResizeObserver | null = null;
  private vehicles: Vehicles | null = null;
  private drawn = "";

  connectedCallback(): void {
    this.resizer = new ResizeObserver(() => void this.draw());
    this.resizer.observe(this);
    document.addEventListener("live:transport.area", this.redraw);
  }

  disconnectedCallback(): void {
    this.resizer?.disconnect();
    this.vehicles?.deafen();
    document.removeEventListener("live:transport.area", this.redraw);
  }

  private readonly redraw = (): void => {
    this.vehicles?.deafen();
    this.vehicles = null;
    this.drawn = "";
    void this.draw();
  };

  attributeChangedCallback(): void {
    if (this.isConnected) void this.draw();
  }

  private async draw(): Promise<void> {
    const { clientWidth: width, clientHeight: height } = this;
    const state = `${width}x${height}${this.dataset.network}`;
    if (!width || !height || this.drawn === state) return;
    this.drawn = state;
    basemap ??= fetch(document.body.dataset.geo ?? "").then((answer) => answer.json() as Promise<Topology>);
    const [world, vehicles] = await Promise.all([basemap, this.fleet()]);
    if (this.drawn !== state) return;
    const { sites, flows } = JSON.parse(this.dataset.network ?? "{}") as { sites: Site[]; flows: Flow[] };
    const projection = fit(sites, vehicles?.corners() ?? [], width, height);
    const svg = make("svg", { class: "mapsvg", viewBox: `0 0 ${width} ${height}`, role: "group" }) as SVGSVGElement;
    svg.setAttribute("aria-label", this.getAttribute("label") ?? "");
    const land = make("g");
    const top = make("g");
    svg.append(land, top);
    paintLand(land, world, projection);
    paintAreas(land, vehicles?.areas ?? [], projection);
    const points = place(sites, projection);
    for (const flow of [...flows].sort(byStatus)) top.append(...route(flow, points));
    for (const site of [...points.values()].sort((a, b) => (b.size ?? 0) - (a.size ?? 0) || byStatus(a, b))) top.append(marker(site, width < NARROW ? MOST_NARROW : MOST));
    if (vehicles) {
      vehicles.place(projection, [...points.values()], width, height);
      svg.append(vehicles.layer);
    }
    this.replaceChildren(svg, this.buttons());
    this.svg = select(svg);
    this.behaviour = zoom<SVGSVGElement, unknown>()
      .scaleExtent([1, vehicles ? 60 : 9])
      .translateExtent([[-width / 4, -height / 4], [width * 1.25, height * 1.25]])
      .filter((event: Event) => !(event instanceof WheelEvent) || event.ctrlKey || event.metaKey)
      .on("zoom", (event: D3ZoomEvent<SVGSVGElement, unknown>) => {
        moved(svg, land, top, event.transform);
        vehicles?.move(event.transform);
      });
    this.svg.call(this.behaviour);
    tidyLabels(svg);
  }

  /** Fetches the vehicles once, where the page names their address; live frames keep them right. */
  private async fleet(): Promise<Vehicles | null> {
    const url = this.dataset.loads;
    if (!url || this.vehicles) return this.vehicles;
    this.vehicles = await Vehicles.load(url, (x, y) => this.svg && this.behaviour?.scaleBy(this.svg, 3, this.onScreen(x, y)));
    this.vehicles.listen();
    return this.vehicles;
  }

  private onScreen(x: number, y: number): [number, number] {
    const node = this.svg?.node();
    return node ? zoomTransform(node).apply([x, y]) : [x, y];
  }

  private buttons(): HTMLElement {
    const box = document.createElement("div");
    box.className = "zoom";
    const add = (icon: string, label: string, act: () => void) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "ib";
      button.setAttribute("aria-label", text(label));
      const use = make("use", { href: `${sprite()}#${icon}` });
      const image = make("svg", { class: "i", "aria-hidden": "true" });
      image.append(use);
      button.append(image);
      button.onclick = act;
      box.append(button);
    };
    add("plus", "zoom-in", () => this.svg && this.behaviour?.scaleBy(this.svg, 1.6));
    add("minus", "zoom-out", () => this.svg && this.behaviour?.scaleBy(this.svg, 1 / 1.6));
    add("home", "zoom-all", () => this.svg && this.behaviour?.transform(this.svg, zoomIdentity));
    return box;
  }
}

const sprite = () => document.querySelector("use")?.getAttribute("href")?.split("#")[0] ?? "";
const ORDER: Status[] = ["ok", "info", "warning", "critical"];
const byStatus = (a: { status: Status }, b: { status: Status }) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status);

function make(name: string, attributes: Record<string, string | number> = {}): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** Fits sites and vehicles into the card; a single one is shown with its surroundings. */
function fit(sites: Site[], vehicles: [number, number][], width: number, height: number): GeoProjection {
  const projection = geoConicConformal().rotate([-12, 0]).parallels([38, 60]);
  const moving = vehicles.map(([lon, lat]) => ({ lon, lat }));
  const known = [...sites, ...moving];
  const around = known.length ? known : [{ lon: -9, lat: 37 }, { lon: 28, lat: 60 }];
  const corners = around.flatMap(({ lon, lat }) => [[lon - 2.5, lat - 1.5], [lon + 2.5, lat + 1.5]]);
  return projection.fitExtent(
    [[MARGIN, MARGIN * 0.6], [width - MARGIN, height - MARGIN * 0.6]],
    { type: "MultiPoint", coordinates: corners },
  );
}

function paintLand(group: SVGElement, world: Topology, projection: GeoProjection): void {
  const countries = world.objects.countries as GeometryCollection;
  const path = geoPath(projection).digits(1);
  group.append(make("path", { class: "land", d: path(feature(world, countries)) ?? "" }));
  const borders = mesh(world, countries, (a, b) => a !== b);
  group.append(make("path", { class: "bord", d: path(borders) ?? "" }));
}

/** Projects the sites and moves those apart that would cover each other. */
function place(sites: Site[], projection: GeoProjection): Points {
  const placed: Placed[] = [];
  for (const site of [...sites].sort((a, b) => Number(b.own) - Number(a.own))) {
    const [x0, y0] = projection([site.lon, site.lat]) ?? [0, 0];
    let [x, y, turn] = [x0, y0, 0];
    while (turn < 24 && placed.some((other) => Math.hypot(other.x - x, other.y - y) < APART)) {
      turn += 1;
      const reach = APART * (1 + Math.floor(turn / 8));
      [x, y] = [x0 + reach * Math.cos(turn * 0.785), y0 + reach * Math.sin(turn * 0.785)];
    }
    placed.push({ ...site, x, y });
  }
  return new Map(placed.map((site) => [site.id, site]));
}

function route(flow: Flow, points: Points): SVGElement[] {
  const from = points.get(flow.from);
  const to = points.get(flow.to);
  if (!from || !to) return [];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const [cx, cy] = [(from.x + to.x) / 2 - dy * 0.14, (from.y + to.y) / 2 + dx * 0.14];
  const tone = { critical: " rt-crit", warning: " rt-warn", info: "", ok: "" }[flow.status];
  const series = flow.series ? ` rt-s${flow.series}` : "";
  const line = make("path", { class: `rt${tone}${series}`, d: `M${from.x} ${from.y}Q${cx} ${cy} ${to.x} ${to.y}` });
  const title = make("title");
  title.textContent = flow.label ?? "";
  line.append(title);
  return [line];
}

/** Draws a site; the circle of the largest stock has a radius of `most` px. */
function marker(site: Placed, most: number): SVGElement {
  const link = make("a", { class: `site${site.own ? " own" : ""} s-${site.status}`, href: site.href });
  link.dataset.x = String(site.x);
  link.dataset.y = String(site.y);
  const words = [site.name, site.owner, site.kind_label, site.note].filter(Boolean).join(", ");
  link.setAttribute("aria-label", site.exceptions ? `${words}, ${site.exceptions}` : words);
  if (site.size !== undefined) link.append(make("circle", { class: `stk ${site.tone ?? "hx"}`, r: LEAST + (most - LEAST) * Math.sqrt(site.size) }));
  if (site.status === "critical") link.append(make("circle", { class: "pulse", r: 15 }));
  link.append(make("circle", { class: "hit", r: 13 }), shape(site));
  const label = make("text", { x: 10, y: 4, class: site.own ? "pl" : "sl" });
  label.textContent = site.name;
  const title = make("title");
  title.textContent = words;
  link.append(label, title);
  link.setAttribute("transform", `translate(${site.x} ${site.y})`);
  return link;
}

function shape(site: Site): SVGElement {
  if (site.status === "critical") return make("path", { class: "mk", d: "M0-8 8 0 0 8-8 0Z" });
  if (site.status === "warning") return make("path", { class: "mk", d: "M0-7.5 7.5 6H-7.5Z" });
  if (site.own) return make("rect", { class: "mk", x: -6, y: -6, width: 12, height: 12, rx: 3 });
  return make("circle", { class: "mk", r: 5 });
}

function moved(svg: SVGSVGElement, land: SVGElement, top: SVGElement, t: { x: number; y: number; k: number }): void {
  land.setAttribute("transform", `translate(${t.x} ${t.y}) scale(${t.k})`);
  for (const line of top.querySelectorAll(".rt")) line.setAttribute("transform", `translate(${t.x} ${t.y}) scale(${t.k})`);
  for (const link of top.querySelectorAll<SVGElement>("a.site")) {
    link.setAttribute("transform", `translate(${t.x + Number(link.dataset.x) * t.k} ${t.y + Number(link.dataset.y) * t.k})`);
  }
  tidyLabels(svg);
}

/** Sides of a marker in units of its reach, with what text needs besides. */
const SIDES: [number, number, number, number, string][] = [[1, 3, 0, 4, "start"], [-1, -3, 0, 4, "end"], [0, 0, -1, -4, "middle"], [0, 0, 1, 12, "middle"]];

/** Puts each label on a free side of its marker, else hides it; own sites and trouble come first. */
function tidyLabels(svg: SVGSVGElement): void {
  const links = [...svg.querySelectorAll<SVGElement>("a.site")];
  const kept = links.map((link) => link.querySelector(".stk, .mk")?.getBoundingClientRect()).filter((box) => box !== undefined);
  const frame = svg.getBoundingClientRect();
  const rank = (link: Element) => (link.matches(".own") ? 0 : 2) - (link.matches(".s-ok") ? 0 : 1);
  for (const link of links.sort((a, b) => rank(a) - rank(b))) {
    const label = link.querySelector("text");
    if (!label) continue;
    const reach = Number(link.querySelector(".stk")?.getAttribute("r") ?? 8);
    const isFree = SIDES.some(([across, dx, down, dy, anchor]) => {
      label.setAttribute("x", String(across * reach + dx));
      label.setAttribute("y", String(down * reach + dy));
      label.setAttribute("text-anchor", anchor);
      const box = label.getBoundingClientRect();
      return box.left > frame.left && box.right < frame.right && kept.every((other) => isApart(box, other));
    });
    label.classList.toggle("off", !isFree);
    if (isFree) kept.push(label.getBoundingClientRect());
  }
}

function isApart(a: DOMRect, b: DOMRect): boolean {
  return a.right < b.left || a.left > b.right || a.bottom < b.top + 2 || a.top > b.bottom - 2;
}

customElements.define("network-map", NetworkMap);

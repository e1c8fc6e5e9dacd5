/** Vehicles on the map: shape and colour by how the arrival stands, clusters where they crowd, moved by live frames. */
import type { GeoProjection } from "d3-geo";
import type { Area } from "./areas.ts";

const SVG = "http://www.w3.org/2000/svg";
const CELL = 34, NEAR_SITE = 17, PAUSE = 250; // px, px, ms
const SHAPES = ["ok", "late", "miss", "silent"];

/** id, number, lat, lon, progress, seen [Unix s], next stop, pallets, heading, kind (page) */
export type Point = [string, string, number, number, number, number, string, string | null, number | null, number];
interface Answer {
  points: Point[];
  areas: Area[];
  pages: string[];
  words: { progress: string[]; next: string; pallets: string; minutes: string; loads: string };
}
export interface View {
  x: number;
  y: number;
  k: number;
}
interface Spot {
  point: Point;
  x: number;
  y: number;
}
export interface Place {
  x: number;
  y: number;
}

export class Vehicles {
  readonly layer = make("g", { class: "vehicles" });
  private readonly spots = new Map<string, Spot>();
  private readonly drawn = new Map<string, SVGElement>();
  private view: View = { x: 0, y: 0, k: 1 };
  private timer = 0;
  private projection: GeoProjection | null = null;
  private sites: Place[] = [];
  private size = [0, 0];

  private constructor(private readonly answer: Answer, private readonly zoomTo: (x: number, y: number) => void) {}

  static async load(url: string, zoomTo: (x: number, y: number) => void): Promise<Vehicles> {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`expected the vehicles of the map, got ${answer.status}`);
    return new Vehicles((await answer.json()) as Answer, zoomTo);
  }

  /** Risk areas that lie under the vehicles. */
  get areas(): Area[] {
    return this.answer.areas;
  }

  /** Longitude and latitude of every vehicle, for fitting the map. */
  corners(): [number, number][] {
    return this.answer.points.map((point) => [point[3], point[2]]);
  }

  place(projection: GeoProjection, sites: Place[], width: number, height: number): void {
    this.projection = projection;
    this.sites = sites;
    this.size = [width, height];
    this.spots.clear();
    for (const point of this.answer.points) this.put(point);
    this.draw();
  }

  move(view: View): void {
    this.view = view;
    this.draw();
  }

  listen(): void {
    for (const topic of ["transport.load", "transport.shipment"]) document.addEventListener(`live:${topic}`, this.hear);
  }

  deafen(): void {
    clearTimeout(this.timer);
    for (const topic of ["transport.load", "transport.shipment"]) document.removeEventListener(`live:${topic}`, this.hear);
  }

  private readonly hear = (event: Event): void => {
    const { data } = (event as CustomEvent<{ data?: { point?: Point; gone?: string } }>).detail;
    if (data?.gone) {
      this.spots.delete(data.gone);
      this.answer.points = this.answer.points.filter((point) => point[0] !== data.gone);
    }
    if (data?.point) {
      const fresh = data.point;
      const old = this.answer.points.findIndex((point) => point[0] === fresh[0]);
      if (old < 0) this.answer.points.push(fresh);
      else this.answer.points[old] = fresh;
      this.put(fresh);
    }
    if (data?.point || data?.gone) this.timer ||= window.setTimeout(() => this.draw(), PAUSE);
  };

  private put(point: Point): void {
    const found = this.projection?.([point[3], point[2]]);
    if (found) this.spots.set(point[0], { point, x: found[0], y: found[1] });
  }

  /** Draws what is in sight anew; an element that stays is moved, so it keeps the focus. */
  private draw(): void {
    this.timer = 0;
    const wanted = new Map<string, () => SVGElement>();
    const at = new Map<string, [number, number]>();
    for (const [cell, group] of this.cells()) {
      const first = group[0] as Spot;
      const isAlone = group.length === 1;
      const key = isAlone ? `${first.point[0]}|${first.point[4]}` : `${cell}|${group.length}|${worst(group)}`;
      const x = mean(group.map((spot) => this.view.x + spot.x * this.view.k));
      const y = mean(group.map((spot) => this.view.y + spot.y * this.view.k));
      at.set(key, isAlone ? this.besideSites(x, y, first.point[0]) : [x, y]);
      wanted.set(key, () => (isAlone ? this.vehicle(first) : this.cluster(group)));
    }
    for (const [key, element] of this.drawn) {
      if (wanted.has(key)) continue;
      element.remove();
      this.drawn.delete(key);
    }
    for (const [key, make_] of wanted) {
      const known = this.drawn.get(key);
      const element = known ?? make_();
      if (!known) {
        this.drawn.set(key, element);
        this.layer.append(element);
      }
      const [x, y] = at.get(key) as [number, number];
      element.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    }
  }

  private cells(): Map<string, Spot[]> {
    const found = new Map<string, Spot[]>();
    const [width = 0, height = 0] = this.size;
    for (const spot of this.spots.values()) {
      const x = this.view.x + spot.x * this.view.k, y = this.view.y + spot.y * this.view.k;
      if (x < -CELL || y < -CELL || x > width + CELL || y > height + CELL) continue;
      const cell = `${Math.floor((spot.x * this.view.k) / CELL)}:${Math.floor((spot.y * this.view.k) / CELL)}`;
      const group = found.get(cell);
      if (group) group.push(spot);
      else found.set(cell, [spot]);
    }
    return found;
  }

  /** Moves a marker off the site it stands at, always to the same side. */
  private besideSites(x: number, y: number, id: string): [number, number] {
    for (const site of this.sites) {
      const sx = this.view.x + site.x * this.view.k, sy = this.view.y + site.y * this.view.k;
      if (Math.hypot(sx - x, sy - y) >= NEAR_SITE) continue;
      const turn = (parseInt(id.slice(-4), 16) / 65536) * 2 * Math.PI;
      return [sx + NEAR_SITE * Math.cos(turn), sy + NEAR_SITE * Math.sin(turn)];
    }
    return [x, y];
  }

  private vehicle({ point }: Spot): SVGElement {
    const [id, number, , , progress, seen, next, pallets, , kind] = point;
    const { words, pages } = this.answer;
    const age = Math.max(0, Math.round((Date.now() / 1000 - seen) / 60));
    const told = [number, words.progress[progress], words.minutes.replace("%(n)s", String(age))];
    if (next) told.push(`${words.next} ${next}`);
    if (pallets) told.push(`${pallets} ${words.pallets}`);
    const link = make("a", { class: `veh v-${SHAPES[progress] ?? "silent"}`, href: (pages[kind] ?? "").replace("*", id) });
    link.setAttribute("aria-label", told.join(", "));
    const title = make("title");
    title.textContent = told.join("\n");
    link.append(make("circle", { class: "hit", r: 12 }), shape(progress), title);
    return link;
  }

  private cluster(group: Spot[]): SVGElement {
    const tone = worst(group);
    const button = make("g", { class: `cluster v-${SHAPES[tone] ?? "silent"}`, role: "button", tabindex: 0 });
    const counts = this.answer.words.progress
      .map((word, at) => [word, group.filter((spot) => spot.point[4] === at).length] as const)
      .filter(([, count]) => count);
    const told = [`${group.length} ${this.answer.words.loads}`, ...counts.map(([word, count]) => `${word} ${count}`)].join(", ");
    button.setAttribute("aria-label", told);
    const number = make("text", { y: 4, "text-anchor": "middle" });
    number.textContent = String(group.length);
    const title = make("title");
    title.textContent = told;
    button.append(make("circle", { class: "mk", r: Math.min(24, 11 + Math.log2(group.length) * 1.6) }), number, title);
    const open = () => this.zoomTo(mean(group.map((spot) => spot.x)), mean(group.map((spot) => spot.y)));
    button.addEventListener("click", open);
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      open();
    });
    return button;
  }
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const RANK = [0, 2, 3, 1];
const worst = (group: Spot[]) =>
  group.reduce((found, { point }) => ((RANK[point[4]] ?? 0) > (RANK[found] ?? 0) ? point[4] : found), group[0]?.point[4] ?? 0);

function shape(progress: number): SVGElement {
  if (progress === 1) return make("path", { class: "mk", d: "M0-7 7 5.5H-7Z" });
  if (progress === 2) return make("path", { class: "mk", d: "M0-7.5 7.5 0 0 7.5-7.5 0Z" });
  return make("circle", { class: "mk", r: 5 });
}

function make(name: string, attributes: Record<string, string | number> = {}): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

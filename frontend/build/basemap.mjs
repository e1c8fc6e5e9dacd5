// Writes static/geo/europe.json: Natural Earth land and borders, clipped, simplified and quantised.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { geoBounds } from "d3-geo";
import { feature } from "topojson-client";
import { topology } from "topojson-server";
import { presimplify, quantile, simplify } from "topojson-simplify";

const WEST = -26, EAST = 48, SOUTH = 26, NORTH = 73; // degrees, WGS 84
const KEEP = 0.45; // share of the outline's points that are dropped
const QUANTA = 5e3;
const SMALLEST = 0.35; // degrees: smaller islands are left out

const world = JSON.parse(
  readFileSync(new URL("../../node_modules/world-atlas/countries-50m.json", import.meta.url), "utf8"),
);

function inside(ring) {
  const lon = ring.map((p) => p[0]), lat = ring.map((p) => p[1]);
  const [w, e] = [Math.min(...lon), Math.max(...lon)];
  const [s, n] = [Math.min(...lat), Math.max(...lat)];
  return e > WEST && w < EAST && n > SOUTH && s < NORTH && e - w < 180 && Math.max(e - w, n - s) > SMALLEST;
}

function clip(ring) {
  // Sutherland-Hodgman against the four edges of the window.
  const edges = [
    [(p) => p[0] >= WEST, (a, b) => cut(a, b, 0, WEST)],
    [(p) => p[0] <= EAST, (a, b) => cut(a, b, 0, EAST)],
    [(p) => p[1] >= SOUTH, (a, b) => cut(a, b, 1, SOUTH)],
    [(p) => p[1] <= NORTH, (a, b) => cut(a, b, 1, NORTH)],
  ];
  let points = ring.slice(0, -1);
  for (const [keeps, cross] of edges) {
    const next = [];
    points.forEach((point, i) => {
      const before = points[(i + points.length - 1) % points.length];
      if (keeps(point) !== keeps(before)) next.push(cross(before, point));
      if (keeps(point)) next.push(point);
    });
    points = next;
    if (points.length < 3) return null;
  }
  return [...points, points[0]];
}

function cut(a, b, axis, at) {
  const t = (at - a[axis]) / (b[axis] - a[axis]);
  const point = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
  point[axis] = at;
  return point;
}

const countries = feature(world, world.objects.countries).features.flatMap((country) => {
  if (geoBounds(country)[1][1] < SOUTH) return [];
  const { type, coordinates } = country.geometry;
  const polygons = (type === "Polygon" ? [coordinates] : coordinates)
    .filter((polygon) => inside(polygon[0]))
    .map((polygon) => polygon.map(clip).filter(Boolean))
    .filter((polygon) => polygon.length);
  if (!polygons.length) return [];
  return [{ type: "Feature", properties: {}, geometry: { type: "MultiPolygon", coordinates: polygons } }];
});

const full = presimplify(topology({ countries: { type: "FeatureCollection", features: countries } }));
const light = simplify(full, quantile(full, KEEP));
const shapes = feature(light, light.objects.countries);
const result = topology({ countries: shapes }, QUANTA);
const target = new URL("../../static/geo/", import.meta.url);
mkdirSync(target, { recursive: true });
const text = JSON.stringify(result);
writeFileSync(new URL("europe.json", target), text);
console.log(`basemap: ${countries.length} countries, ${(text.length / 1024).toFixed(0)} KB`);

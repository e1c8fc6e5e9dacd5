/** Risk areas under the vehicles: circles and polygons in the colour of how bad they are. */
import { geoCircle, geoPath, type GeoPermissibleObjects, type GeoProjection } from "d3-geo";

const SVG = "http://www.w3.org/2000/svg";
const KM_PER_DEGREE = 111.195;

export interface Area {
  id: string;
  name: string;
  kind: string;
  severity: "info" | "warning" | "critical";
  shape: { type: "circle"; centre: [number, number]; radius_km: number } | { type: "polygon"; ring: [number, number][] };
}

/** Draws the areas into the layer of the land, so that they move and grow with it. */
export function paintAreas(group: SVGElement, areas: Area[], projection: GeoProjection): void {
  const path = geoPath(projection).digits(1);
  for (const area of areas) {
    const outline = document.createElementNS(SVG, "path");
    outline.setAttribute("class", `area a-${area.severity}`);
    outline.setAttribute("d", path(outlineOf(area)) ?? "");
    const title = document.createElementNS(SVG, "title");
    title.textContent = `${area.name}, ${area.kind}`;
    outline.append(title);
    group.append(outline);
  }
}

function outlineOf({ shape }: Area): GeoPermissibleObjects {
  if (shape.type === "circle") {
    const [lat, lon] = shape.centre;
    return geoCircle().center([lon, lat]).radius(shape.radius_km / KM_PER_DEGREE)();
  }
  const ring = shape.ring.map(([lat, lon]): [number, number] => [lon, lat]);
  if (turn(ring) > 0) ring.reverse(); // on the sphere d3 wants the inside on the right hand
  return { type: "Polygon", coordinates: [[...ring, ring[0] as [number, number]]] };
}

/** Twice the signed area: above 0 where the ring runs against the clock. */
function turn(ring: [number, number][]): number {
  return ring.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length] as [number, number];
    return sum + x * nextY - nextX * y;
  }, 0);
}

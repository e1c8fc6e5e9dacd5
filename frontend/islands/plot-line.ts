/**
 * A time-series chart drawn from the table inside it; the table stays as its twin.
 * A column's head may say how it is drawn: data-kind "low" and "high" are a band, "bar" columns,
 * "none" stands in the table alone. A row with data-band is shaded, one with data-at has a line.
 */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./plot-line.css";

class PlotLine extends HTMLElement {
  private plot: uPlot | null = null;
  private box: HTMLElement | null = null;
  private resizer: ResizeObserver | null = null;
  private readonly redraw = () => this.draw();

  connectedCallback(): void {
    if (!this.box) {
      this.box = document.createElement("div");
      this.box.className = "plotbox";
      this.box.setAttribute("aria-hidden", "true"); // the table says the same
      this.prepend(this.box);
    }
    this.querySelector("details")?.removeAttribute("open");
    this.resizer = new ResizeObserver(() => this.plot?.setSize({ width: this.clientWidth, height: this.tall }));
    this.resizer.observe(this);
    document.addEventListener("theme", this.redraw);
    this.draw();
  }

  disconnectedCallback(): void {
    this.resizer?.disconnect();
    document.removeEventListener("theme", this.redraw);
    this.plot?.destroy();
    this.plot = null;
  }

  private get tall(): number {
    return Number(this.getAttribute("height") ?? 200);
  }

  /** A token's colour in the present theme: a canvas knows neither var() nor light-dark(). */
  private resolved(token: string): string {
    if (!this.box) return "";
    this.box.style.color = `var(${token})`;
    const colour = getComputedStyle(this.box).color;
    this.box.style.color = "";
    return colour;
  }

  private draw(): void {
    this.plot?.destroy();
    const table = this.querySelector("table");
    if (!this.box || !table) return;
    const { head, names, kinds, labels, columns, bands, marks } = read(table);
    const family = getComputedStyle(this).fontFamily;
    const colour = (name: string) => this.resolved(name);
    const low = kinds.indexOf("low"), high = kinds.indexOf("high");
    const axis = { font: `11px ${family}`, labelFont: `11px ${family}`, stroke: colour("--ink-3"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const bounds = ["low", "high"].flatMap((each) => (this.hasAttribute(each) ? [Number(this.getAttribute(each))] : []));
    const options: uPlot.Options = {
      width: this.clientWidth,
      height: this.tall,
      cursor: { y: false, points: { size: 7 } },
      legend: { live: true },
      scales: { x: { time: false } },
      axes: [
        { ...axis, space: 64, size: 28, values: (_plot, ticks) => ticks.map((tick) => brief(labels[tick] ?? "")) },
        { ...axis, size: 44, label: this.getAttribute("unit") ?? "" },
      ],
      series: [
        { label: head, value: (_plot, index) => labels[index] ?? "" },
        ...drawn(names, kinds, colour),
      ],
      bands: low >= 0 && high >= 0 ? [{ series: [high + 1, low + 1], fill: colour("--ok-wash") }] : [],
      hooks: { drawClear: [(plot) => bands.forEach((at) => band(plot, at, colour("--warn")))], draw: [(plot) => marks.forEach((at) => upright(plot, at, colour("--brand"))), (plot) => bounds.forEach((at) => line(plot, at, colour(at === bounds[0] ? "--crit" : "--ink-3")))] },
    };
    const data = [labels.map((_label, i) => i), ...columns] as uPlot.AlignedData;
    this.plot = new uPlot(options, data, this.box);
  }
}

/** A day as an axis shows it, in the page's language; other labels as they are. */
function brief(label: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(label)) return label;
  return new Intl.DateTimeFormat(document.documentElement.lang || "en", { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(label));
}

const TONES = ["--brand", "--ok", "--warn", "--crit"], BARS = ["--h5", "--h1"];

/** How each column is drawn: limits dashed, additions as columns, the rest as lines. */
function drawn(names: string[], kinds: string[], colour: (token: string) => string): uPlot.Series[] {
  const columns = uPlot.paths.bars?.({ size: [0.55, 22] });
  let lines = 0, bars = 0;
  return names.map((label, i) => {
    const kind = kinds[i];
    if (kind === "low" || kind === "high") {
      return { label, stroke: colour(kind === "low" ? "--crit" : "--ink-3"), width: 1.5, dash: [5, 4], points: { show: false } };
    }
    if (kind === "bar") {
      const fill = colour(BARS[bars++ % BARS.length] ?? "");
      return { label, stroke: fill, fill, width: 0, points: { show: false }, ...(columns && { paths: columns }) };
    }
    return { label, stroke: colour(TONES[lines++ % TONES.length] ?? ""), width: 2 };
  });
}

interface Told {
  head: string;
  names: string[];
  kinds: string[];
  labels: string[];
  columns: (number | null)[][];
  bands: number[];
  marks: number[];
}

function read(table: HTMLTableElement): Told {
  const [first, ...heads] = [...(table.tHead?.rows[0]?.cells ?? [])];
  const shown = heads.flatMap((cell, i) => (cell.dataset.kind === "none" ? [] : [i + 1]));
  const rows = [...(table.tBodies[0]?.rows ?? [])];
  const number = (cell: HTMLTableCellElement | undefined) => {
    const words = cell?.dataset.value ?? cell?.textContent?.trim() ?? "";
    return words === "" || Number.isNaN(Number(words)) ? null : Number(words);
  };
  const words = (cell: HTMLElement | undefined) => cell?.textContent?.trim() ?? "";
  return {
    head: words(first),
    names: shown.map((i) => words(heads[i - 1])),
    kinds: shown.map((i) => heads[i - 1]?.dataset.kind ?? ""),
    labels: rows.map((row) => row.cells[0]?.textContent?.trim() ?? ""),
    bands: rows.flatMap((row, i) => ("band" in row.dataset ? [i] : [])),
    marks: rows.flatMap((row, i) => ("at" in row.dataset ? [i] : [])),
    columns: shown.map((i) => rows.map((row) => number(row.cells[i]))),
  };
}

/** Shade the day of a row that is marked with data-band. */
function band(plot: uPlot, at: number, colour: string): void {
  const { ctx, bbox } = plot;
  const left = Math.max(bbox.left, plot.valToPos(at - 0.5, "x", true));
  const right = Math.min(bbox.left + bbox.width, plot.valToPos(at + 0.5, "x", true));
  ctx.save();
  ctx.globalAlpha = 0.15;
  ctx.fillStyle = colour;
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.restore();
}

/** A line at the day that the page was asked for. */
function upright(plot: uPlot, at: number, colour: string): void {
  const x = Math.round(plot.valToPos(at, "x", true));
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.setLineDash([2, 3]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function line(plot: uPlot, at: number, colour: string): void {
  const y = Math.round(plot.valToPos(at, "y", true));
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.setLineDash([6, 5]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

customElements.define("plot-line", PlotLine);

/** A time-series chart drawn from the table inside it; the table stays as its twin. */
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
    const { head, names, labels, columns, bands } = read(table);
    const family = getComputedStyle(this).fontFamily;
    const colour = (name: string) => this.resolved(name);
    const tones = ["--brand", "--ok", "--warn", "--crit"].map(colour);
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
        ...names.map((label, i) => ({ label, stroke: tones[i % tones.length] ?? "", width: 2 })),
      ],
      hooks: { drawClear: [(plot) => bands.forEach((at) => band(plot, at, colour("--warn")))], draw: [(plot) => bounds.forEach((at) => line(plot, at, colour(at === bounds[0] ? "--crit" : "--ink-3")))] },
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

function read(table: HTMLTableElement): { head: string; names: string[]; labels: string[]; columns: (number | null)[][]; bands: number[] } {
  const [head = "", ...names] = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent?.trim() ?? "");
  const rows = [...(table.tBodies[0]?.rows ?? [])];
  const number = (cell: HTMLTableCellElement | undefined) => {
    const words = cell?.dataset.value ?? cell?.textContent?.trim() ?? "";
    return words === "" || Number.isNaN(Number(words)) ? null : Number(words);
  };
  return {
    head,
    names,
    labels: rows.map((row) => row.cells[0]?.textContent?.trim() ?? ""),
    bands: rows.flatMap((row, i) => ("band" in row.dataset ? [i] : [])),
    columns: names.map((_name, i) => rows.map((row) => number(row.cells[i + 1]))),
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

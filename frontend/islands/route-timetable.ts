/** A timetable of vehicles: pointing at a vehicle, here or in the list of trips, shows it alone. */
import "./route-timetable.css";

class RouteTimetable extends HTMLElement {
  private readonly over = (event: Event) => this.show(target(event));

  connectedCallback(): void {
    for (const name of ["pointerover", "focusin"]) this.addEventListener(name, this.over);
  }

  disconnectedCallback(): void {
    for (const name of ["pointerover", "focusin"]) this.removeEventListener(name, this.over);
  }

  /** Dims the other vehicles and lights the trips of `route`; none shows all. */
  private show(route: string | undefined): void {
    for (const lane of this.querySelectorAll<SVGElement>(".rt-lane")) {
      lane.classList.toggle("is-dim", route !== undefined && lane.dataset.route !== route);
    }
    for (const row of this.querySelectorAll<HTMLElement>("tr[data-route]")) {
      row.classList.toggle("is-lit", row.dataset.route === route);
    }
  }
}

function target(event: Event): string | undefined {
  const found = event.target instanceof Element ? event.target.closest<HTMLElement | SVGElement>("[data-route]") : null;
  return found?.dataset.route;
}

customElements.define("route-timetable", RouteTimetable);

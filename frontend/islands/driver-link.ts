/** Sends the phone's position while the page is open; what the network swallows is sent later. */
export {};

interface Sent {
  latitude: number;
  longitude: number;
  recorded_at: string;
  speed_kmh: number | null;
  heading: number | null;
}

const EVERY = 60_000; // ms between two positions
const MOST = 100; // positions kept while offline
const METRES_TO_KMH = 3.6;
const OVER = new Set([404, 410]);

class DriverLink extends HTMLElement {
  private readonly waiting: Sent[] = [];
  private watch = 0;
  private last = 0;
  private isSending = false;

  connectedCallback(): void {
    if (!("geolocation" in navigator)) {
      this.say(this.dataset.refused);
      return;
    }
    this.watch = navigator.geolocation.watchPosition(
      (position) => this.take(position),
      (error) => error.code === error.PERMISSION_DENIED && this.say(this.dataset.refused),
      { enableHighAccuracy: false, maximumAge: 15_000, timeout: 60_000 },
    );
    addEventListener("online", this.flush);
  }

  disconnectedCallback(): void {
    navigator.geolocation.clearWatch(this.watch);
    removeEventListener("online", this.flush);
  }

  private take({ coords, timestamp }: GeolocationPosition): void {
    if (timestamp - this.last < EVERY) return;
    this.last = timestamp;
    const heading = coords.heading !== null && Number.isFinite(coords.heading) ? coords.heading : null;
    this.waiting.push({
      latitude: coords.latitude,
      longitude: coords.longitude,
      recorded_at: new Date(Math.min(timestamp, Date.now())).toISOString(),
      speed_kmh: coords.speed === null ? null : Math.min(300, coords.speed * METRES_TO_KMH),
      heading,
    });
    this.waiting.splice(0, Math.max(0, this.waiting.length - MOST));
    void this.flush();
  }

  private readonly flush = async (): Promise<void> => {
    if (this.isSending || !this.waiting.length) return;
    this.isSending = true;
    const batch = this.waiting.slice();
    try {
      const answer = await fetch(this.dataset.url ?? "", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.token() },
        body: JSON.stringify(batch),
      });
      if (OVER.has(answer.status)) {
        navigator.geolocation.clearWatch(this.watch);
        this.waiting.length = 0;
        this.say(this.dataset.over);
      } else if (answer.ok) {
        this.waiting.splice(0, batch.length);
        this.say(`${this.dataset.sent} ${new Date().toLocaleTimeString()}`);
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the network; it is tried again
      this.say(this.dataset.offline);
    } finally {
      this.isSending = false;
    }
  };

  private token(): string {
    return this.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  }

  private say(text: string | undefined): void {
    const place = this.querySelector("[role=status]");
    if (place && text) place.textContent = text;
  }
}

customElements.define("driver-link", DriverLink);

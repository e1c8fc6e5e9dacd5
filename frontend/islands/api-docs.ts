/** Swagger UI over the OpenAPI document at `data-url`, which holds the operations of `data-tags`. */
import "swagger-ui-dist/swagger-ui.css";
import "./api-docs.css";
import { text } from "../texts.ts";

interface Sent {
  url: string;
  headers: Record<string, string>;
}
type SwaggerUi = (options: Record<string, unknown>) => unknown;

const LONGEST_MS = 20_000;

class ApiDocs extends HTMLElement {
  private readonly paint = () => document.documentElement.classList.toggle("dark-mode", isDark());
  private readonly system = matchMedia("(prefers-color-scheme: dark)");

  private readonly drawn = new MutationObserver(() => {
    for (const example of this.querySelectorAll(".microlight:not([tabindex])")) example.setAttribute("tabindex", "0"); // scrolls
  });

  connectedCallback(): void {
    this.drawn.observe(this, { childList: true, subtree: true });
    document.addEventListener("theme", this.paint);
    this.system.addEventListener("change", this.paint);
    this.paint();
    const elsewhere = this.tagOfAnotherArea();
    if (elsewhere) location.replace(`?tag=${elsewhere}${location.hash}`);
    else this.tryToOpen();
  }

  private tryToOpen(): void {
    this.open().catch((error: unknown) => {
      const retry = Object.assign(document.createElement("button"), { className: "btn", type: "button", textContent: text("retry") });
      retry.onclick = () => this.tryToOpen();
      const said = Object.assign(document.createElement("p"), { textContent: this.dataset.failed, role: "alert" });
      const box = Object.assign(document.createElement("main"), { className: "empty" });
      box.append(said, retry);
      this.replaceChildren(box);
      if (!(error instanceof TypeError || error instanceof DOMException)) throw error; // not the network
    });
  }

  /** A deep link names its operation's tag (`#/inventory/…`), not the area that holds it. */
  private tagOfAnotherArea(): string | undefined {
    const tag = /^#\/([\w-]+)/.exec(location.hash)?.[1];
    const isHere = this.dataset.tags?.split(" ").includes(tag ?? "");
    return isHere || new URLSearchParams(location.search).has("tag") ? undefined : tag;
  }

  disconnectedCallback(): void {
    this.drawn.disconnect();
    document.removeEventListener("theme", this.paint);
    this.system.removeEventListener("change", this.paint);
    document.documentElement.classList.remove("dark-mode");
  }

  private async open(): Promise<void> {
    // @ts-expect-error the package carries no types
    const library = (await import("swagger-ui-dist/swagger-ui-es-bundle.js")) as { default: SwaggerUi };
    const answer = await fetch(this.dataset.url ?? "", { signal: AbortSignal.timeout(LONGEST_MS) });
    if (!answer.ok) throw new TypeError(`expected the description, got status ${answer.status}`);
    const spec: unknown = await answer.json();
    const node = document.createElement("div");
    this.replaceChildren(node);
    library.default({
      domNode: node,
      spec,
      deepLinking: true,
      docExpansion: "list",
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      validatorUrl: null, // asks no other host
      requestInterceptor: withCsrf,
      showMutatedRequest: false, // the shown curl command is for machines: without our token
    });
  }
}

/** Let the web session write: our own server, and nobody else, gets the token of this page. */
function withCsrf(sent: Sent): Sent {
  const token = document.querySelector<HTMLMetaElement>("meta[name=csrf]")?.content;
  const isOurs = new URL(sent.url, location.href).origin === location.origin;
  if (token && isOurs) sent.headers["X-CSRFToken"] = token;
  return sent;
}

function isDark(): boolean {
  const theme = document.documentElement.dataset.theme;
  return theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
}

customElements.define("api-docs", ApiDocs);

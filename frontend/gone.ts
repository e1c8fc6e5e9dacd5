/**
 * What is no longer ours to see leaves an open screen too: a live region that is fetched anew and
 * not found gives way to what the error page says, the whole page where it is about that object.
 */
const LIVE = "live:resync"; // what every live region listens to

export function startGone(): void {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent<{ xhr: XMLHttpRequest; requestConfig: { elt: HTMLElement }; isError: boolean }>;
    const { xhr, requestConfig: { elt } } = detail;
    if (xhr.status !== 404 || !elt.getAttribute("hx-trigger")?.includes(LIVE)) return;
    const said = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector<HTMLElement>(".lone");
    if (!said) return;
    detail.isError = false; // it is an answer
    const isPage = new URL(elt.getAttribute("hx-get") ?? "", location.href).pathname === location.pathname;
    const place = isPage ? elt.closest<HTMLElement>("main") : null;
    if (place) {
      said.querySelector(".code")?.remove();
      said.setAttribute("role", "alert");
      place.replaceChildren(said);
    } else {
      const words = said.querySelector("h1 + p") ?? said;
      words.className = "empty";
      elt.replaceChildren(words);
    }
  });
}

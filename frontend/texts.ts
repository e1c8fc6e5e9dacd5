/** Words for scripts, printed by the server on <body data-text-…> in the page's language. */
export function text(name: string): string {
  const key = `text${name.replace(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase())}`;
  return document.body.dataset[key] ?? name;
}

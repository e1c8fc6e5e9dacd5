/** The grid's words: `data-text-…` on the element in the page's language, with values put in. */

export type Words = (name: string, values?: Record<string, string | number>) => string;

export function wordsOf(host: HTMLElement): Words {
  const known = new Map<string, string>();
  const look = (name: string): string => {
    const key = `text${name.replace(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase())}`;
    const words = host.dataset[key] ?? document.body.dataset[key] ?? name;
    known.set(name, words);
    return words;
  };
  return (name, values) => {
    const words = known.get(name) ?? look(name);
    return !values ? words : words.replace(/%\((\w+)\)s/g, (all, field: string) => String(values[field] ?? all));
  };
}

/** Chooses `name-one` or `name`, by the count. */
export function counted(words: Words, name: string, n: number, values: Record<string, string | number> = {}): string {
  return words(n === 1 ? `${name}-one` : name, { n, ...values });
}

/** Blocks of cells as spreadsheets put them on the clipboard: tabs, line ends, quotes. */

/** Reads clipboard text; a quoted cell may hold tabs, line ends and doubled quotes. */
export function parseTsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let isQuoted = false;
  const endCell = () => {
    rows[rows.length - 1]?.push(cell);
    cell = "";
  };
  const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  for (let i = 0; i < source.length; i++) {
    const sign = source[i] ?? "";
    if (isQuoted) {
      if (sign === '"' && source[i + 1] === '"') {
        cell += sign;
        i++;
      } else if (sign === '"') isQuoted = false;
      else cell += sign;
    } else if (sign === '"' && cell === "") isQuoted = true;
    else if (sign === "\t") endCell();
    else if (sign === "\n") {
      endCell();
      rows.push([]);
    } else cell += sign;
  }
  endCell();
  return rows;
}

export function writeTsv(rows: readonly (readonly string[])[]): string {
  const quoted = (cell: string) => (/["\t\n\r]/.test(cell) ? `"${cell.replace(/"/g, '""')}"` : cell);
  return rows.map((row) => row.map(quoted).join("\t")).join("\n");
}

/** Says what stands in row `r`, column `c` of the area when one pasted block fills it by repetition. */
export function tile<T>(block: readonly (readonly T[])[], rows: number, columns: number): T[][] {
  const width = Math.max(0, ...block.map((row) => row.length));
  const fits = block.length > 0 && width > 0 && rows % block.length === 0 && columns % width === 0;
  if (!fits) return block.map((row) => [...row]);
  return Array.from({ length: rows }, (_row, r) => {
    const line = block[r % block.length] ?? [];
    return Array.from({ length: columns }, (_cell, c) => line[c % width]).filter((each) => each !== undefined);
  });
}

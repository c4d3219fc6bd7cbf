/** Comma-separated values as RFC 4180 has them: cells in quotes may hold commas, line ends and doubled quotes. */

export const parseCsv = (text: string): readonly (readonly string[])[] => {
  const rows: string[][] = []
  let row: string[] = []
  // A cell and what ends it: a comma, a line end or the end of the text.
  for (const [whole, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n][^,\r\n]*|))(,|\r?\n|$)/g)) {
    if (whole === "" && row.length === 0) break
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? "")
    if (end === ",") continue
    rows.push(row)
    row = []
  }
  return rows
}

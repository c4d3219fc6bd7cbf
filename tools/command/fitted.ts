/** Text cut to fit a terminal. */

/** At most `width` columns, an ellipsis at the end where something is missing; never less than 20. */
export const fitted = (text: string, width: number): string => {
  const most = Math.max(20, width)
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`
}

/** Columns of standard output; without end where it is no terminal. */
export const columnsOf = (stream: { readonly isTTY?: boolean; readonly columns?: number }): number => (stream.isTTY === true ? (stream.columns ?? 100) : Number.MAX_SAFE_INTEGER)

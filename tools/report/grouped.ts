/** Whole numbers with a comma between thousands. `toLocaleString` does the same; the first time it takes as long as the rest of a small page. */

export const grouped = (whole: number): string => String(whole).replace(/\B(?=(\d{3})+$)/g, ",")

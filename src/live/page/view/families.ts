/** A colour of the theme for each family of node kinds. */

const known = ["dataset", "tokenizer", "embedding", "model", "trainer", "merger", "metric"]

/** A CSS value; families the theme has no colour for share one. */
export const familyColour = (family: string): string => `var(--${known.includes(family) ? family : "other"})`

/** Values and texts short enough for a line. */

/** `text`, or its start and an ellipsis where it is longer than `most` characters. */
export const brief = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 3)}...` : text)

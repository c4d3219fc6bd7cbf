/** Values and texts short enough for a line. */
import type { Json } from "./json.ts"

/** `text`, or its start and an ellipsis where it is longer than `most` characters. */
export const brief = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 3)}...` : text)

/** Within 40 characters; a text without quotes, unless there is more than a line of it. */
export const briefValue = (value: Json): string => brief(typeof value === "string" && !/[\r\n]/.test(value) ? value : JSON.stringify(value), 40)

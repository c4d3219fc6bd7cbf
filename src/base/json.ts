/**
 * Canonical JSON: one text for one value, so that it can be hashed and compared.
 * Keys sorted by code unit, numbers in their shortest form, -0 written as 0, `undefined` members left out
 * (absent equals undefined), NaN and infinities refused. SPEC K2.
 */
import { AssertionError } from "./assert.ts"

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** The canonical text of `value`. Asserts on anything JSON cannot hold. */
export const canonical = (value: Json): string => {
  switch (typeof value) {
    case "string":
      return quoted(value)
    case "number":
      if (!Number.isFinite(value)) return refused(`canonical JSON holds finite numbers only, got ${value}`)
      return value === 0 ? "0" : String(value)
    case "boolean":
      return value ? "true" : "false"
    default:
      if (typeof value !== "object") return refused(`not a JSON value: ${typeof value}`)
      return value === null ? "null" : Array.isArray(value) ? list(value) : members(value as { readonly [key: string]: Json | undefined })
  }
}

/** Messages are made for a failure only: every key of a node passes through here. */
const refused = (message: string): never => {
  throw new AssertionError(message)
}

// Added up, not mapped and joined, and without templates, which ask of each part whether it is a text.
const list = (items: readonly Json[]): string => {
  let text = "["
  for (let i = 0; i < items.length; i++) text += (i === 0 ? "" : ",") + canonical(items[i] as Json)
  return text + "]"
}

const members = (object: { readonly [key: string]: Json | undefined }): string => {
  let text = "{"
  const keys = Object.keys(object)
  for (const key of keys.length > 1 ? keys.sort() : keys) {
    const value = object[key]
    if (value !== undefined) text += (text === "{" ? "" : ",") + quoted(key) + ":" + canonical(value)
  }
  return text + "}"
}

/** Texts of plain characters need no escaping, which looking is cheaper than. */
const plain = /^[\w./:@+ -]*$/
const quoted = (text: string): string => (plain.test(text) ? '"' + text + '"' : JSON.stringify(text))

/** Structural equality of JSON values, by canonical text. */
export const equalJson = (a: Json, b: Json): boolean => a === b || canonical(a) === canonical(b)

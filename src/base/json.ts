/**
 * Canonical JSON: one text for one value, so that it can be hashed and compared.
 * Keys sorted by code unit, numbers in their shortest form, -0 written as 0, `undefined` members left out
 * (absent equals undefined), NaN and infinities refused. SPEC K2.
 */
import { assert } from "./assert.ts"

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** The canonical text of `value`. Asserts on anything JSON cannot hold. */
export const canonical = (value: Json): string => {
  switch (typeof value) {
    case "string":
      return quoted(value)
    case "number":
      assert(Number.isFinite(value), `canonical JSON holds finite numbers only, got ${value}`)
      return value === 0 ? "0" : String(value)
    case "boolean":
      return value ? "true" : "false"
    default:
      assert(typeof value === "object", `not a JSON value: ${typeof value}`)
      return value === null ? "null" : Array.isArray(value) ? list(value) : members(value as { readonly [key: string]: Json | undefined })
  }
}

// Concatenated, not mapped and joined: keys of nodes pass through here, and most of them are small.
const list = (items: readonly Json[]): string => {
  let text = "["
  for (let i = 0; i < items.length; i++) text += i === 0 ? canonical(items[i] as Json) : `,${canonical(items[i] as Json)}`
  return `${text}]`
}

const members = (object: { readonly [key: string]: Json | undefined }): string => {
  let text = "{"
  const keys = Object.keys(object)
  for (const key of keys.length > 1 ? keys.sort() : keys) {
    const value = object[key]
    if (value !== undefined) text += `${text === "{" ? "" : ","}${quoted(key)}:${canonical(value)}`
  }
  return `${text}}`
}

/** Texts of plain characters need no escaping, which looking is cheaper than. */
const plain = /^[\w./:@+ -]*$/
const quoted = (text: string): string => (plain.test(text) ? `"${text}"` : JSON.stringify(text))

/** Structural equality of JSON values, by canonical text. */
export const equalJson = (a: Json, b: Json): boolean => a === b || canonical(a) === canonical(b)

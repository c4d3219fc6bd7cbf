/**
 * Canonical JSON: one text for one value, so that it can be hashed and compared.
 * Keys sorted by code unit, numbers in their shortest form, -0 written as 0, `undefined` members left out
 * (absent equals undefined), NaN and infinities refused. SPEC K2.
 */
import { assert } from "./assert.ts"

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** The canonical text of `value`. Asserts on anything JSON cannot hold. */
export const canonical = (value: Json): string => {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value)
  if (typeof value === "number") {
    assert(Number.isFinite(value), `canonical JSON holds finite numbers only, got ${value}`)
    return JSON.stringify(value === 0 ? 0 : value)
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  assert(typeof value === "object", `not a JSON value: ${typeof value}`)
  const object = value as { readonly [key: string]: Json | undefined }
  const members = Object.keys(object)
    .filter((key) => object[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(object[key] as Json)}`)
  return `{${members.join(",")}}`
}

/** Structural equality of JSON values, by canonical text. */
export const equalJson = (a: Json, b: Json): boolean => canonical(a) === canonical(b)

/** Params as texts a person types, and which control shows a param. */

import type { Json } from "../../../base/json.ts"

export type ControlKind =
  | { readonly _tag: "slider"; readonly min: number; readonly max: number; readonly step: number }
  | { readonly _tag: "choice"; readonly options: readonly string[] }
  | { readonly _tag: "switch" }
  | { readonly _tag: "text" }
  | { readonly _tag: "seed" }

/** A text as it is; anything else as JSON. */
export const shownText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value) ?? "")

/** What a text stands for where `old` stood, or undefined when it is no such thing: numbers for numbers, JSON for lists and records. */
export const parseText = (kind: ControlKind, text: string, old: unknown): { readonly value: Json } | undefined => {
  if (kind._tag === "slider" || kind._tag === "seed" || typeof old === "number") {
    const number = text.trim() === "" ? NaN : Number(text)
    return Number.isFinite(number) ? { value: number } : undefined
  }
  if (typeof old === "string") return { value: text }
  try {
    return { value: JSON.parse(text) as Json }
  } catch {
    // `a, b, c` is a list of words where a list of words stood.
    return Array.isArray(old) && old.every((item) => typeof item === "string") ? { value: text.split(/[\s,]+/).filter((word) => word !== "") } : undefined
  }
}

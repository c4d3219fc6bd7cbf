/** io-ts decoding errors as one sentence with the path to the first offender. */
import { brief } from "../base/brief.ts"
import { IntersectionType, ReadonlyType, type Decoder, type Errors } from "io-ts"

export const describeErrors = (errors: Errors): string => {
  const first = errors[0]
  if (first === undefined) return "no error"
  // Which part of an intersection it was is no place in the value.
  const places = first.context.slice(1).filter((_, i) => !isIntersection(first.context[i]?.type))
  const path = places.map((entry) => entry.key).filter((key) => key !== "").join(".")
  const expected = first.context[first.context.length - 1]?.type.name ?? "another value"
  const shown = JSON.stringify(first.value) ?? String(first.value)
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ""
  return `${path || "value"}: expected ${expected}, got ${brief(shown, 60)}${more}`
}

const isIntersection = (type: Decoder<unknown, unknown> | undefined): boolean =>
  type instanceof IntersectionType || (type instanceof ReadonlyType && isIntersection(type.type as Decoder<unknown, unknown>))

/**
 * Programmer mistakes. A failed assertion is a bug in Cambium or in a node kind, never in what a user
 * typed: user mistakes are values (`Either`). Imports nothing.
 */
export class AssertionError extends Error {
  override readonly name = "AssertionError"
}

/** Throws `AssertionError` unless `condition` holds. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** Closes a `switch` over a union: does not compile while a case is missing. */
export const never = (value: never): never => {
  throw new AssertionError(`unreachable case: ${JSON.stringify(value)}`)
}

/** The value, asserted present. For look-ups whose absence would be a bug. */
export const must = <A>(value: A | undefined | null, what: string): A => {
  // The message is made for a failure only.
  if (value === undefined || value === null) throw new AssertionError(`missing ${what}`)
  return value
}

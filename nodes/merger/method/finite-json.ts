/** What was measured, as JSON. JSON has no infinity: a bound that nothing reaches is written in words. */
export const finiteOnly = (value: unknown): unknown => mapped(value, (one) => (one === Infinity ? "Infinity" : one))
export const anyNumber = (value: unknown): unknown => mapped(value, (one) => (one === "Infinity" ? Infinity : one))

const mapped = (value: unknown, leaf: (value: unknown) => unknown): unknown => {
  if (Array.isArray(value)) return value.map((one) => mapped(one, leaf))
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapped(one, leaf)])) : leaf(value)
}

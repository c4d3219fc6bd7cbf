/** The order in which people count: numbers in names by their value, so that `block/2` comes before `block/10`. */

/** For `sort`: whole numbers by value, all else by code units. */
export const byNaturalOrder = (a: string, b: string): number => {
  const [left, right] = [partsOf(a), partsOf(b)]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = byPart(left[i] ?? "", right[i] ?? "")
    if (order !== 0) return order
  }
  return byText(a, b)
}

const partsOf = (text: string): readonly string[] => text.match(/\d+|\D+/g) ?? []

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const byPart = (a: string, b: string): number => (/^\d/.test(a) && /^\d/.test(b) ? Number(a) - Number(b) : byText(a, b))

/** Keys that occur twice in one object of a JSON text: `JSON.parse` keeps the last and says nothing. */

const token = /"(?:[^"\\]|\\.)*"|[{}]/g

/** The first key that its object has twice, or undefined. `text` is JSON: it has been parsed before. */
export const duplicateKey = (text: string): string | undefined => {
  const open: Set<string>[] = []
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [piece] = found
    if (piece === "{") open.push(new Set())
    else if (piece === "}") open.pop()
    else if (isKey(text, token.lastIndex)) {
      const key = piece.includes("\\") ? (JSON.parse(piece) as string) : piece.slice(1, -1)
      const keys = open.at(-1)
      if (keys?.has(key) === true) return reset(key)
      keys?.add(key)
    }
  }
  return reset(undefined)
}

/** The pattern remembers where it stopped. */
const reset = (key: string | undefined): string | undefined => {
  token.lastIndex = 0
  return key
}

const isKey = (text: string, from: number): boolean => {
  let at = from
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++
  return text[at] === ":"
}

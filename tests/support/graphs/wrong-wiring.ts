/** Wires that the editor marks red, and a cycle: what plain JavaScript would let through. */
import { graph } from "#src"
import { measure, readWords, scale, walk } from "./kinds.ts"

export default graph("wrong-wiring", (g) => {
  const read = g.add("words", readWords, { file: "words.txt" })
  // @ts-expect-error -- a table is no list of words
  g.add("walk", walk, {}, { words: read.table })
  // @ts-expect-error -- the input has another name
  g.add("measure", measure, {}, { number: read.words })
  g.add("sum", scale, {}, { numbers: [] })
})

/** The graph that tests of the command run: two walks over one file of words, their weighted sum, and all that can be shown. */
import { fileURLToPath } from "node:url"
import { graph, integer, knob } from "#src"
import { display, measure, readWords, scale, walk } from "./kinds.ts"

export default graph("walks", { params: { walks: integer({ min: 1, max: 4, default: 2, doc: "How many walks" }) } }, (g, { walks }) => {
  const { words } = g.add("words", readWords, { file: fileURLToPath(new URL("words.txt", import.meta.url)) })
  const steps = Array.from({ length: walks }, (_, i) => g.add(`walk/${i + 1}`, walk, { steps: 6 }, { words }, { salt: `${i}` }).numbers)
  const { numbers } = g.add("sum", scale, { weight: knob(0.5, { min: 0, max: 1 }) }, { numbers: steps })
  g.add("measure", measure, {}, { numbers })
  g.add("display", display, {}, { words })
})

export const tiny = { "walk/*.steps": 2, walks: 1 }

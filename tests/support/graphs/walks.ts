/** The graph that tests of the command run: walks over one file of words, their weighted sum, and all that can be shown. */
import { fileURLToPath } from "node:url"
import { flag, graph, integer, knob } from "#src"
import { display, measure, plot, readWords, scale, walk } from "./kinds.ts"

const params = {
  walks: integer({ min: 1, max: 4, default: 2, doc: "How many walks" }),
  plots: flag({ default: false, doc: "A curve for each walk" }),
}

export default graph("walks", { params }, (g, { walks, plots }) => {
  const { words } = g.add("words", readWords, { file: fileURLToPath(new URL("words.txt", import.meta.url)) })
  const steps = Array.from({ length: walks }, (_, i) => g.add(`walk/${i + 1}`, walk, { steps: 6 }, { words }, { salt: `${i}` }).numbers)
  const { numbers } = g.add("sum", scale, { weight: knob(0.5, { min: 0, max: 1 }) }, { numbers: steps })
  g.add("measure", measure, {}, { numbers })
  g.add("display", display, {}, { words })
  if (plots) steps.forEach((walked, i) => g.add(`plot/${i + 1}`, plot, {}, { numbers: walked }))
})

export const tiny = { "walk/*.steps": 2, walks: 1 }

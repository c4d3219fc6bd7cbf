import { graph, integer, knob } from "#src"
import { measure, plot, readWords, scale, walk } from "./kinds.ts"

export default graph("walks", { params: { stages: integer({ min: 1, max: 3, default: 1, doc: "Walks" }) } }, (g, { stages }) => {
  const { words } = g.add("words", readWords, { file: "/work/wt/startup/tests/support/graphs/live-nHc44Y/words.txt" })
  for (let stage = 1; stage <= stages; stage++) {
    const { numbers } = g.add(`walk/${stage}`, walk, { steps: 6 + stage }, { words })
    const scaled = g.add(`scale/${stage}`, scale, { weight: knob(0.5, { min: 0, max: 1 }) }, { numbers: [numbers] })
    g.add(`measure/${stage}`, measure, {}, { numbers: scaled.numbers })
    g.add(`plot/${stage}`, plot, {}, { numbers })
  }
})

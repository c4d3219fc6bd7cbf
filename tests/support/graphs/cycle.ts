/** A graph that feeds itself. */
import { graph } from "#src"
import { scale } from "./kinds.ts"

export default graph("cycle", (g) => {
  const later = { node: "second", port: "numbers", type: scale.outputs.numbers }
  const { numbers } = g.add("first", scale, {}, { numbers: [later] })
  g.add("second", scale, {}, { numbers: [numbers] })
})

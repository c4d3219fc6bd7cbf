/** 300 trivial nodes in layers of twenty, each reading from two of the layer above: what is panned. */
import { graph, type Output } from "../../../../src/index.ts"
import { smallRoot, smallSum, type number } from "../../engine/small-kinds.ts"

const [size, width] = [300, 20]

export default graph("three-hundred", (g) => {
  const made: Output<typeof number>[] = []
  for (let i = 0; i < size; i++) {
    const path = `layer-${Math.floor(i / width)}/node-${i}`
    const from = [made[i - width], made[i - width + 1]].filter((one) => one !== undefined)
    made.push(i < width ? g.add(path, smallRoot, { add: i }).out : g.add(path, smallSum, { add: i }, { from }).out)
  }
})

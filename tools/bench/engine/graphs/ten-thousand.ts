/** Ten thousand trivial nodes, as a graph file: rows of a hundred, each node reading from two of the row above. */
import { graph, type Output } from "../../../../src/index.ts"
import { smallRoot, smallSum, type number } from "../small-kinds.ts"

const size = 10_000
const width = 100

export default graph("ten-thousand", (g) => {
  const made: Output<typeof number>[] = []
  for (let i = 0; i < size; i++) {
    const from = i < width ? [] : [made[i - width], made[i % width === 0 ? i - 1 : i - width - 1]].filter((one) => one !== undefined)
    made.push(from.length === 0 ? g.add(`n${i}`, smallRoot, { add: i }).out : g.add(`n${i}`, smallSum, { add: i }, { from }).out)
  }
})

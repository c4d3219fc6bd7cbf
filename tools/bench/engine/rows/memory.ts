/** The heap after a hundred edits and after ten thousand, each with content that was not there before, on a store on disk. */
import * as E from "fp-ts/lib/Either.js"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { systemClock } from "../../../../src/base/clock.ts"
import { openStore } from "../../../../src/store/open-store.ts"
import { edited, engineOn } from "../in-process.ts"
import type { Row } from "../row.ts"
import { meshOf } from "../small-kinds.ts"

const few = 100
const many = 10_000
const growth = 1.1

export const memoryRow: Row = {
  name: "memory",
  measure: async ({ folder }) => {
    setFlagsFromString("--expose-gc")
    const collect = runInNewContext("gc") as () => void
    const store = await openStore(folder, { clock: systemClock })
    if (E.isLeft(store)) throw new Error(store.left.reason)
    const engine = engineOn(store.right)
    let graph = meshOf(1_000)
    const heap: number[] = []
    for (let i = 0; i <= many; i++) {
      if (i > 0) graph = edited(graph, { op: "set", path: `n${900 + (i % 100)}`, params: { add: 1_000_000 + i } })
      engine.commit(graph)
      await engine.settle()
      if (i !== few && i !== many) continue
      await new Promise((resolve) => setTimeout(resolve, 200))
      collect()
      heap.push(process.memoryUsage().heapUsed / 2 ** 20)
    }
    await engine.close()
    await store.right.close()
    const [first = NaN, last = NaN] = heap
    return [{ work: `heap after ${many} edits, beside after ${few}`, here: `${last.toFixed(1)} MiB beside ${first.toFixed(1)} MiB`, bar: { text: "within 10 %", isMet: last <= growth * first } }]
  },
}

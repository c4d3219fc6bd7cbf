/** The engine of the command, put together: when it is closed, nothing of it uses the store any more. */
import { setImmediate } from "node:timers/promises"
import { expect, it } from "vitest"
import { systemClock } from "../../../src/base/clock.ts"
import { memoryStore } from "../../../src/store/store.ts"
import { openEngine } from "../../../tools/command/open-engine.ts"
import { loadGraph } from "../../../tools/command/load-graph-file.ts"
import { graphFile } from "../../support/command.ts"
import * as E from "fp-ts/lib/Either.js"

it("C3: closing waits for code versions that are still looked for, which are noted in the store", async () => {
  const file = graphFile("walks.ts")
  const graph = await loadGraph(file, { set: [], tiny: false })
  if (E.isLeft(graph)) throw new Error(graph.left.messages.join("\n"))
  const store = memoryStore(systemClock)
  let find = (_: string): void => undefined
  const finding = new Promise<string>((done) => (find = done))
  let asked = (): void => undefined
  const isAsked = new Promise<void>((done) => (asked = done))
  const engine = openEngine({ file, graph: () => graph.right, store, device: undefined, seed: 0, jobs: 1, isWanted: () => false, codeVersion: () => (asked(), finding) })
  engine.commit(graph.right)
  void engine.settle()
  await isAsked
  let isClosed = false
  const closing = engine.close().then(() => (isClosed = true))
  for (let turn = 0; turn < 50; turn++) await setImmediate()
  expect(isClosed).toBe(false)
  find("found")
  await closing
})

/** `cambium run --overlay`: the graph of a file under what was changed on its page. Loaded by runs that ask for it, and by no other. SPEC L4. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync } from "node:fs"
import { describeIssue } from "../../src/graph/describe.ts"
import { graphUnder } from "../../src/live/overlay-graph.ts"
import { readOverlay } from "../live/overlay-file.ts"
import { makeReadWatch } from "../unchanged/read-watch.ts"
import { allKinds } from "./all-kinds.ts"
import { importGraphFile, overridesFor, problem, type LoadOptions, type LoadProblem, type Swept } from "./load-graph-file.ts"

/** The graph under an overlay, all of which has to fit: nobody looks at a page that would say what was left out. `set` applies on top. */
export const loadUnder = async (file: string, overlayFile: string, { set, sweep = [], tiny, watch = makeReadWatch() }: LoadOptions): Promise<E.Either<LoadProblem, Swept>> => {
  if (sweep.length > 0) return problem("--sweep does not go with --overlay: set what is swept in the graph file, or leave the overlay out")
  const read = await importGraphFile(file, watch)
  if (E.isLeft(read)) return read
  const loaded = read.right
  if (!existsSync(overlayFile)) return problem(`--overlay ${overlayFile}: expected a file that the page wrote, got no such file`)
  const overlay = watch.during(() => readOverlay(overlayFile))
  if (E.isLeft(overlay)) return problem(overlay.left)
  const [small, sets] = [overridesFor(loaded, file, { set: [], tiny }), overridesFor(loaded, file, { set, tiny: false })]
  if (E.isLeft(small)) return small
  if (E.isLeft(sets)) return sets
  const kinds = overlay.right.add.length === 0 ? new Map<string, never>() : await allKinds()
  const changes = { ...overlay.right, set: { ...overlay.right.set, ...Object.fromEntries(sets.right.map(({ target, value }) => [target, value])) } }
  const built = watch.during(() => graphUnder({ file: loaded.graph, overrides: small.right }, changes, kinds))
  if (E.isLeft(built)) return E.left({ messages: built.left.map((issue) => `${file}: ${describeIssue(issue)}`) })
  const { graph, problems } = built.right
  if (problems.length > 0) return E.left({ messages: problems.map((message) => `${file} under ${overlayFile}: ${message}`) })
  const { seed } = overlay.right
  if (seed === null) return E.right({ graph, cells: [] })
  return /^\d+$/.test(seed) ? E.right({ graph, cells: [], seed: Number(seed) }) : problem(`${overlayFile}: seed: expected a whole number, got ${JSON.stringify(seed)}`)
}

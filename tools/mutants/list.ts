/**
 * Deliberate faults of the engine, one edit each. The property tests must notice every one of them: what they let pass
 * is not proved. `npm run mutants` applies them one by one; a test of the suite sees that each still fits the source.
 */
export interface Mutant {
  /** What goes wrong with it, in a few words. */
  readonly fault: string
  /** From the top of the tree. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly was: string
  readonly becomes: string
}

export const mutants: readonly Mutant[] = [
  {
    fault: "an edit marks only the nodes that read from it directly",
    file: "src/engine/revision.ts",
    was: `      marked++
      queue.push(dependant)`,
    becomes: "      marked++",
  },
  {
    fault: "the code of a kind is not part of the key",
    file: "src/graph/key.ts",
    was: "  code: sources.code,",
    becomes: `  code: "",`,
  },
  {
    fault: "params are not part of the key",
    file: "src/graph/key.ts",
    was: "  params: node.params,",
    becomes: "  params: {},",
  },
  {
    fault: "inputs of a port count in any order",
    file: "src/graph/key.ts",
    was: "  inputs: sources.inputs,",
    becomes: "  inputs: Object.fromEntries(Object.entries(sources.inputs).map(([port, hashes]) => [port, [...hashes].sort()])),",
  },
  {
    fault: "equal inputs are looked for in the wrong place: every node that may have changed keeps its key",
    file: "src/engine/keying.ts",
    was: "equalPorts(record.parts.inputs, inputs, (a, b) => a === b)",
    becomes: "record.parts.inputs !== undefined",
  },
  {
    fault: "what changed of a node while it was blocked is forgotten",
    file: "src/engine/endings.ts",
    was: `if (record.mark === "dirty") record.parts = undefined`,
    becomes: "",
  },
  {
    fault: "outcomes are told for the revision before",
    file: "src/engine/endings.ts",
    was: "record.revision = revision()",
    becomes: "record.revision = revision() - 1",
  },
  {
    fault: "a failure is not remembered",
    file: "src/engine/landing.ts",
    was: `if (ended._tag === "failed" && countOf(demanders) > 0 && !work.isForced) failures.set(work.key, ended)`,
    becomes: "",
  },
  {
    fault: "a late result reaches a node that wants another one by now",
    file: "src/engine/flight.ts",
    was: "x.demanders = without(x.demanders, record)",
    becomes: "",
  },
  {
    fault: "equal work is not shared: each node starts its own",
    file: "src/engine/flight.ts",
    was: "const found = inFlight.get(work.key)\n      const x = found ?? make(work)\n      if",
    becomes: "const found = undefined as Execution | undefined\n      const x = found ?? make(work)\n      if",
  },
  {
    fault: "work that nobody wants is not told to stop",
    file: "src/engine/flight.ts",
    was: "for (const x of unwanted) stop(x)",
    becomes: "",
  },
  {
    fault: "work that is wanted again while it stops counts as cancelled",
    file: "src/engine/flight.ts",
    was: `x.stop.aborted && ended._tag === "cancelled" && countOf(x.demanders) > 0`,
    becomes: "false",
  },
  {
    fault: "more jobs than cores",
    file: "src/engine/flight.ts",
    was: "if (room < 1) {",
    becomes: "if (room < -1000) {",
  },
  {
    fault: "a node is ready when the first of its sources has settled",
    file: "src/engine/plan.ts",
    was: "--dependant.waiting === 0",
    becomes: "--dependant.waiting >= 0",
  },
  {
    fault: "all that is stale is visited, whatever the targets",
    file: "src/engine/plan.ts",
    was: "targets === undefined\n",
    becomes: "targets !== null\n",
  },
  {
    fault: "results are not kept",
    file: "src/engine/attempt.ts",
    was: "const put = E.isRight(ended) ? await store.actions.put(work.key, action) : ended",
    becomes: "const put = ended",
  },
]

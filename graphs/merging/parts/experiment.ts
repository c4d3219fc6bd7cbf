/**
 * What the experiments of this folder have in common. Each is a sub-graph that gives back what its methods came to and what was expected
 * of them, written down before its first run; it ends in a table of the methods and a verdict on each expectation, alone or in the study.
 */
import { assert, choice, graph, integer, type Builder, type Handle, type ParamValues, type Subgraph } from "#src"
import { methodTable, observe, type accuracy } from "#nodes"
import type { Claim, Criterion } from "../../parts/criterion.ts"
import { judgeStudy } from "../../parts/judge.ts"

export type Measured = readonly [method: string, metric: Handle<(typeof accuracy)["outputs"]>["metric"]]

/** Methods that one figure is compared of. */
export interface Comparison {
  /** Above its table. */
  readonly title: string
  /** Which value of the metrics. */
  readonly figure: string
  readonly expected: readonly Criterion[]
  /** By repetition, the same methods in each. */
  readonly repetitions: readonly (readonly Measured[])[]
}

export const seeds = integer({ min: 1, max: 20, default: 5, doc: "Repetitions" })
export const onImages = { seeds, corpus: choice(["mnist", "fashion-mnist"], { default: "mnist", doc: "Images that networks are trained on" }) }

type Params = Subgraph["params"]
export type Experiment<P extends Params> = Subgraph<P, Record<never, never>, readonly Comparison[]>

/** One cell for each seed. */
export const bySeed = <A>(g: Builder, count: number, cell: (h: Builder, salt: string) => A): readonly A[] =>
  g.map("seed", Array.from({ length: count }, (_, seed) => ({ seed })), (h, { seed }) => cell(h, `${seed}`))

/** The figure of the first method less that of the second, mean over seeds. */
export const difference = (bounds: Claim["bounds"], unit: string) => (first: string, second: string, claim: string): Criterion => ({
  claim,
  of: [{ claim: `${first} less ${second}`, numerator: { [first]: 1, [second]: -1 }, bounds, unit }],
})
export const moreAccurate = difference({ above: 0 }, "share of examples")
export const fewerBits = difference({ below: 0 }, "bits per character")
export const lowerBarrier = difference({ below: 0 }, "nats")

/** Tables, and verdicts numbered behind `letter`. `corpus` is told with their titles. */
export const conclude = (g: Builder, letter: string, corpus: string, comparisons: readonly Comparison[]): void => {
  const titled = (title: string): string => (corpus === "" ? title : `${title}, ${corpus}`)
  const found = comparisons.flatMap(({ title, figure, repetitions }, c) => {
    const observed = repetitions.map((measured, seed) => measured.map(([name, metric]) => [name, g.add(`figure/${letter}${c + 1}/${name}/${seed}`, observe, { figure }, { metric }).observations] as const))
    const methods = (observed[0] ?? []).map(([name]) => name)
    g.add(`table/${letter}${c + 1}`, methodTable, { title: titled(title), methods }, { observations: methods.flatMap((_, i) => observed.flatMap((of) => of[i]?.[1] ?? [])) })
    return [observed]
  })
  const names = found.flatMap(([first = []]) => first.map(([name]) => name))
  assert(new Set(names).size === names.length, `a method has one name in all comparisons of an experiment, got ${names.join(", ")}`)
  const together = (comparisons[0]?.repetitions ?? []).map((_, seed) => Object.fromEntries(found.flatMap((of) => of[seed] ?? [])))
  const criteria = Object.fromEntries(comparisons.flatMap(({ expected }) => expected).map((criterion, i) => [`${letter}${i + 1}`, criterion]))
  judgeStudy(g, [{ title: `${letter === "" ? "" : `${letter}. `}${titled(comparisons[0]?.title ?? "")}`, criteria }], together)
}

/** An experiment by itself. */
export const alone = <P extends Params>(name: string, { params, build }: Experiment<P>) =>
  graph(name, { params }, (g, given: ParamValues<P>) => conclude(g, "", "", build(g, given, {})))

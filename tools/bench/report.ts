/**
 * The result of a run as a value, and as the Markdown that people read: ratios first, absolute times after. Pure.
 */
import { must } from "../../src/base/assert.ts"
import type { PeerName } from "./options.ts"
import { comparedSteps, quietBelow, type Measured } from "./rounds.ts"
import { isFlat, type Memory } from "./memory.ts"
import { lossDistance, median, ratioOf, type Ratio } from "./statistics.ts"
import { bars, peakShareBar, sideBySideBar } from "./bars.ts"
import type { SideBySide } from "./side-by-side.ts"
import { describeTask, productFlops, type Spec, type WorkloadName } from "./spec.ts"

export interface PeerResult extends Measured {
  readonly name: PeerName
  readonly version: string
  readonly detail: string
}

export interface WorkloadResult {
  readonly workload: WorkloadName
  readonly spec: Spec
  readonly params: number
  readonly ours: PeerResult
  readonly others: readonly PeerResult[]
  readonly memory?: Memory
}

export interface BenchResult {
  readonly machine: string
  readonly repeats: number
  readonly workloads: readonly WorkloadResult[]
  readonly sideBySide: readonly SideBySide[]
  /** Peers left out, and why. */
  readonly notices: readonly string[]
}

/** Losses of the first steps may differ from ours by this share: float32 summed in another order, and no more. */
export const lossTolerance = 1e-4

/** One line for each peer whose first losses are not ours. */
export const disagreements = ({ workloads }: BenchResult): readonly string[] =>
  workloads.flatMap(({ workload, ours, others }) =>
    others
      .filter(({ losses }) => !(lossDistance(losses, ours.losses) <= lossTolerance))
      .map(
        ({ version, losses }) =>
          `${workload}: losses of the first ${comparedSteps} steps differ by more than ${lossTolerance} of their value: ` +
          `${ours.version} ${losses4(ours.losses)}, ${version} ${losses4(losses)}`,
      ),
  )

const losses4 = (losses: readonly number[]): string => losses.map((loss) => loss.toFixed(4)).join(" ")
const times = ({ median: middle, min, max }: Ratio): string => `${middle.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** Rounds in which neither of two peers was disturbed by other programs. */
const quietRounds = (a: PeerResult, b: PeerResult): readonly number[] =>
  [...a.ms.keys()].filter((round) => Math.max(a.foreign[round] ?? 1, b.foreign[round] ?? 1) <= quietBelow)

/** Disturbed rounds do not count, unless all are disturbed: then the ratio is printed and not judged. */
const ratioRow = ({ workload, params, ours }: WorkloadResult, other: PeerResult): readonly string[] => {
  const quiet = quietRounds(ours, other)
  const rounds = quiet.length > 0 ? quiet : [...ours.ms.keys()]
  const of = ({ ms }: PeerResult) => rounds.map((round) => must(ms[round], "a turn in every round"))
  const ratio = ratioOf(of(ours), of(other))
  const bar = bars[workload][other.name]
  const verdict = quiet.length === 0 ? "not judged" : ratio.median >= (bar ?? 0) ? "met" : "not met"
  return [
    `${workload} (${(params / 1e6).toFixed(2)} M params)`,
    other.version,
    times(ratio),
    bar === undefined ? "" : `${bar}: ${verdict}`,
    `${quiet.length} of ${ours.ms.length}`,
    lossDistance(other.losses, ours.losses).toExponential(1),
  ]
}

const milliseconds = (ms: number): string => ms.toFixed(ms < 10 ? 2 : 1)

const timeRow = ({ workload, spec }: WorkloadResult, { version, detail, ms }: PeerResult): readonly string[] => [
  workload,
  version,
  `${milliseconds(median(ms))} (${milliseconds(Math.min(...ms))} to ${milliseconds(Math.max(...ms))})`,
  (productFlops(spec) / median(ms) / 1e6).toFixed(0),
  detail,
]

const memoryRow = ({ workload, memory }: WorkloadResult): readonly (readonly string[])[] =>
  memory === undefined
    ? []
    : [[workload, ...memory.peakMb.map((mb) => mb.toFixed(0)), `${((memory.peakMb[1] / memory.peakMb[0] - 1) * 100).toFixed(1)} %`, isFlat(memory) ? "flat" : "grows"]]

const besideRow = ({ workload, alone, together, apart }: SideBySide): readonly string[] => {
  // Rates, not times: what is more is better, so the sides of the ratio change places.
  const [ratio, possible] = [ratioOf(alone, together), ratioOf(alone, apart)]
  const verdict = ratio.median >= sideBySideBar ? "met" : `not met${possible.median < sideBySideBar ? ", out of reach" : ""}`
  return [workload, ...[alone, together, apart].map((rates) => median(rates).toFixed(2)), times(ratio), times(possible), `${sideBySideBar}: ${verdict}`]
}

const rateOf = ({ spec }: WorkloadResult, { ms }: PeerResult): number => productFlops(spec) / median(ms) / 1e6

interface Fastest {
  readonly rate: number
  readonly version: string
}

/** The fastest product that anyone did in this run. */
const fastestProduct = ({ workloads }: BenchResult): Fastest | undefined =>
  workloads
    .filter(({ spec }) => spec.task === "product")
    .flatMap((each) => [each.ours, ...each.others].map((peer) => ({ rate: rateOf(each, peer), version: peer.version })))
    .sort((a, b) => b.rate - a.rate)[0]

/** How near training comes to that. */
const peakShare = ({ workloads }: BenchResult, fastest: Fastest): readonly string[] => {
  const training = workloads.find(({ workload }) => workload === "train-5M")
  if (training === undefined) return []
  const share = rateOf(training, training.ours) / fastest.rate
  const verdict = share >= peakShareBar ? "met" : "not met"
  return [
    `The products of the train-5M step run at ${percent(share)} of the fastest product of this run, ${fastest.rate.toFixed(0)} GFLOP/s in ${fastest.version} (bar ${percent(peakShareBar)}: ${verdict}).`,
  ]
}

/** How many times faster than a peer a step could be that is nothing but its products, each at the rate of the fastest one. */
const ceilingRows = ({ workloads }: BenchResult, fastest: Fastest): readonly (readonly string[])[] =>
  workloads.flatMap(({ workload, spec, others }) =>
    others.flatMap(({ name, version, ms }) => {
      const bar = bars[workload][name]
      if (bar === undefined || spec.task === "decode") return []
      const least = productFlops(spec) / fastest.rate / 1e6
      const possible = ratioOf(ms.map(() => least), ms)
      return [[workload, version, milliseconds(least), times(possible), `${bar}: ${possible.median >= bar ? "within reach" : "out of reach"}`]]
    }),
  )

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`

/** What to say about turns during which other programs worked, if there were any. */
const busyNote = ({ workloads }: BenchResult): readonly string[] => {
  const shares = workloads.flatMap(({ ours, others }) => [ours, ...others].flatMap(({ foreign }) => foreign))
  const busy = shares.filter((share) => share > quietBelow)
  const worst = (Math.max(...shares) * 100).toFixed(0)
  return busy.length === 0 ? [] : [`Note: other programs used up to ${worst} % of the machine during ${busy.length} of ${shares.length} turns; rounds with such a turn do not count.`]
}

/** The tables, the notices and the disagreements. */
export const markdown = (result: BenchResult): string => {
  const { machine, repeats, workloads, sideBySide, notices } = result
  const memory = workloads.flatMap(memoryRow)
  const fastest = fastestProduct(result)
  const ceilings = fastest === undefined ? [] : ceilingRows(result, fastest)
  const steps = workloads.find((each) => each.memory !== undefined)?.memory?.steps ?? []
  return [
    `Times faster than, median (min to max) of ${repeats} interleaved rounds.`,
    [...new Set(workloads.map(({ spec }) => spec.task))].map((task) => `- \`${task}\`: ${describeTask[task]}`).join("\n"),
    `Machine: ${machine}.`,
    table(["workload", "than", "times faster", "bar", "quiet rounds", "largest loss difference"], workloads.flatMap((each) => each.others.map((peer) => ratioRow(each, peer)))),
    table(["workload", "peer", "ms a step", "GFLOP/s of products", "how"], workloads.flatMap((each) => [each.ours, ...each.others].map((peer) => timeRow(each, peer)))),
    ...(memory.length > 0 ? [table(["workload", `peak MiB after ${steps[0]} steps`, `after ${steps[1]}`, "growth", ""], memory)] : []),
    ...(fastest === undefined ? [] : peakShare(result, fastest)),
    ...(fastest !== undefined && ceilings.length > 0
      ? [
          `What is possible: steps of nothing but their products, all at ${fastest.rate.toFixed(0)} GFLOP/s.`,
          table(["workload", "than", "ms of products", "times faster", "bar"], ceilings),
        ]
      : []),
    ...(sideBySide.length > 0
      ? [table(["workload", "steps/s, one trainer, 2 threads", "two trainers, 1 thread each", "the same if they did not disturb each other", "times as fast", "at most", "bar"], sideBySide.map(besideRow))]
      : []),
    ...busyNote(result),
    ...notices.map((notice) => `Note: ${notice}`),
    ...disagreements(result).map((line) => `DISAGREEMENT: ${line}`),
  ].join("\n\n")
}

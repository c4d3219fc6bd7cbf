/**
 * The result of a run as a value, and as the Markdown that people read: ratios first, absolute times after. Pure.
 */
import { must } from "../../src/base/assert.ts"
import type { PeerName } from "./options.ts"
import { comparedSteps, quietBelow, type Measured } from "./rounds.ts"
import { isFlat, type Memory } from "./memory.ts"
import { lossDistance, median, ratioOf, type Ratio } from "./statistics.ts"
import { productFlops, type SizeName, type Spec } from "./spec.ts"

export interface PeerResult extends Measured {
  readonly name: PeerName
  readonly version: string
  readonly detail: string
}

export interface SizeResult {
  readonly size: SizeName
  readonly spec: Spec
  readonly params: number
  readonly ours: PeerResult
  readonly others: readonly PeerResult[]
  readonly memory?: Memory
}

export interface BenchResult {
  readonly machine: string
  readonly repeats: number
  readonly sizes: readonly SizeResult[]
  /** Peers left out, and why. */
  readonly notices: readonly string[]
}

/** How many times faster than a peer this project means to be. */
export const bars: Readonly<Partial<Record<PeerName, number>>> = { pytorch: 2, tfjs: 8 }

/** Losses of the first steps may differ from ours by this share: float32 summed in another order, and no more. */
export const lossTolerance = 1e-4

/** One line for each peer whose first losses are not ours. */
export const disagreements = ({ sizes }: BenchResult): readonly string[] =>
  sizes.flatMap(({ size, ours, others }) =>
    others
      .filter(({ losses }) => !(lossDistance(losses, ours.losses) <= lossTolerance))
      .map(
        ({ version, losses }) =>
          `${size}: losses of the first ${comparedSteps} steps differ by more than ${lossTolerance} of their value: ` +
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
const ratioRow = ({ size, params, ours }: SizeResult, other: PeerResult): readonly string[] => {
  const quiet = quietRounds(ours, other)
  const rounds = quiet.length > 0 ? quiet : [...ours.ms.keys()]
  const of = ({ ms }: PeerResult) => rounds.map((round) => must(ms[round], "a turn in every round"))
  const ratio = ratioOf(of(ours), of(other))
  const bar = bars[other.name]
  const verdict = quiet.length === 0 ? "not judged" : ratio.median >= (bar ?? 0) ? "met" : "not met"
  return [
    `${size} (${(params / 1e6).toFixed(2)} M params)`,
    other.version,
    times(ratio),
    bar === undefined ? "" : `${bar}: ${verdict}`,
    `${quiet.length} of ${ours.ms.length}`,
    lossDistance(other.losses, ours.losses).toExponential(1),
  ]
}

const timeRow = ({ size, spec }: SizeResult, { version, detail, ms }: PeerResult): readonly string[] => [
  size,
  version,
  `${median(ms).toFixed(1)} (${Math.min(...ms).toFixed(1)} to ${Math.max(...ms).toFixed(1)})`,
  (productFlops(spec) / median(ms) / 1e6).toFixed(0),
  detail,
]

const memoryRow = ({ size, memory }: SizeResult): readonly (readonly string[])[] =>
  memory === undefined
    ? []
    : [[size, ...memory.peakMb.map((mb) => mb.toFixed(0)), `${((memory.peakMb[1] / memory.peakMb[0] - 1) * 100).toFixed(1)} %`, isFlat(memory) ? "flat" : "grows"]]

/** What to say about turns during which other programs worked, if there were any. */
const busyNote = ({ sizes }: BenchResult): readonly string[] => {
  const shares = sizes.flatMap(({ ours, others }) => [ours, ...others].flatMap(({ foreign }) => foreign))
  const busy = shares.filter((share) => share > quietBelow)
  const worst = (Math.max(...shares) * 100).toFixed(0)
  return busy.length === 0 ? [] : [`Note: other programs used up to ${worst} % of the machine during ${busy.length} of ${shares.length} turns; rounds with such a turn do not count.`]
}

/** The tables, the notices and the disagreements. */
export const markdown = (result: BenchResult): string => {
  const { machine, repeats, sizes, notices } = result
  const memory = sizes.flatMap(memoryRow)
  const steps = sizes.find((size) => size.memory !== undefined)?.memory?.steps ?? []
  return [
    `GPT training step (forward, backward, clip, AdamW; 1,024 tokens): times faster than, median (min to max) of ${repeats} interleaved rounds.`,
    `Machine: ${machine}.`,
    table(["size", "than", "times faster", "bar", "quiet rounds", "largest loss difference"], sizes.flatMap((size) => size.others.map((peer) => ratioRow(size, peer)))),
    table(["size", "peer", "ms a step", "GFLOP/s of products", "how"], sizes.flatMap((size) => [size.ours, ...size.others].map((peer) => timeRow(size, peer)))),
    ...(memory.length > 0 ? [table(["size", `peak MiB after ${steps[0]} steps`, `after ${steps[1]}`, "growth", ""], memory)] : []),
    ...busyNote(result),
    ...notices.map((notice) => `Note: ${notice}`),
    ...disagreements(result).map((line) => `DISAGREEMENT: ${line}`),
  ].join("\n\n")
}

/** How far something is, in words. */
import type { Progress } from "../../src/engine/context.ts"
import { byteSize } from "../../src/base/byte-size.ts"
import { duration } from "./duration.ts"

/** Where nobody watches a terminal, what takes long speaks up at most this often. */
export const quietMs = 10_000

/** Bytes by their sizes, all else by its number. */
export const amountText = ({ done, total, unit }: Progress): string =>
  unit === "bytes" ? [done, ...(total === undefined ? [] : [total])].map(byteSize).join(" of ") : total === undefined ? `${done} ${unit}` : `${done} of ${total} ${unit}`

/** `left`: milliseconds, where there is a way to tell. */
export const describeProgress = (progress: Progress, left: number | undefined): string =>
  [amountText(progress), ...(progress.note === undefined ? [] : [progress.note]), ...(left === undefined ? [] : [`${duration(left)} left`])].join(", ")

/**
 * Whether memory stays flat over steps: the peak resident set of a fresh process after a few and after many steps.
 */
import { startPeer, type Launch } from "./peer.ts"

const fewSteps = 20
export const manySteps = 2000

export interface Memory {
  readonly steps: readonly [few: number, many: number]
  /** Peak resident set after so many steps, MiB. */
  readonly peakMb: readonly [few: number, many: number]
}

/** A peak may rise by this share between the two and still be called flat. */
export const flatWithin = 0.05

export const isFlat = ({ peakMb: [few, many] }: Memory): boolean => many <= few * (1 + flatWithin)

export const measureMemory = async (launch: Launch): Promise<Memory> => {
  const peer = await startPeer(launch)
  try {
    const few = await peer.steps(fewSteps)
    const many = await peer.steps(manySteps - fewSteps)
    return { steps: [fewSteps, manySteps], peakMb: [few.peakKb / 1024, many.peakKb / 1024] }
  } finally {
    await peer.close()
  }
}

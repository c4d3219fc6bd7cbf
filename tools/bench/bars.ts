/** What this project means to reach: how many times faster than a peer, by workload, and what else is held against a bar. */
import type { PeerName } from "./options.ts"
import type { WorkloadName } from "./spec.ts"

export const bars: Readonly<Record<WorkloadName, Readonly<Partial<Record<PeerName, number>>>>> = {
  "train-0.8M": { pytorch: 2.5, tfjs: 8 },
  "train-5M": { pytorch: 2.2, tfjs: 8 },
  "train-20M": { pytorch: 1.5, tfjs: 8 },
  "score-5M": { pytorch: 1.5, transformers: 1 },
  "decode-5M": { pytorch: 1.5, transformers: 1 },
  "train-cnn": { pytorch: 1.2 },
  "score-cnn": {},
  product: {},
}

/** Rate of products in the 5 M training step, as a share of the fastest product that any peer did in the same run. */
export const peakShareBar = 0.35

/** Total rate of two trainers of one thread each, as a multiple of that of one trainer of two threads. */
export const sideBySideBar = 1.3

/** How onnxruntime is told to run a model. */
import type { OnnxProvider } from "../device.ts"

/** A node that the provider has no kernel for is an error when the model is loaded; without this the CPU would take it. */
const noFallback = { disable_cpu_ep_fallback: "1" }

/** Warnings of onnxruntime are about our graphs, which are checked before; errors reach the caller as exceptions. */
const onlyErrors = 3

export const sessionOptions = (threads: number, provider: "cpu" | OnnxProvider = "cpu") => ({
  executionProviders: [provider],
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  enableCpuMemArena: true,
  // A plan of one block for all values saves no time that could be measured, and lies beside the pieces of the first run for ever:
  // without it a training step needs half the memory.
  enableMemPattern: false,
  logSeverityLevel: onlyErrors,
  // How long an idle thread spins before it sleeps. 10 us bridges the gaps between most nodes; 200 spare 3 % of a training step with a core
  // for every thread, and cost 30 % where two runs share the cores.
  extra: { session: { intra_op: { spin_duration_us: "10" }, ...(provider === "cpu" ? {} : noFallback) } },
})

import { describe, expect, it } from "vitest"
import { must } from "../../../src/base/assert.ts"
import { disagreements, markdown, type BenchResult, type PeerResult } from "../../../tools/bench/report.ts"
import { specOf } from "../../../tools/bench/spec.ts"

const peer = (name: PeerResult["name"], ms: readonly number[], losses: readonly number[] = [5, 4]): PeerResult => ({
  name,
  version: name.toUpperCase(),
  detail: "2 threads",
  ms,
  losses,
  foreign: ms.map(() => 0.01),
})

const result = (others: readonly PeerResult[]): BenchResult => ({
  machine: "2 cores",
  repeats: 2,
  notices: ["TFJS left out"],
  sideBySide: [{ workload: "train-0.8M", alone: [10, 20], together: [15, 24], apart: [16, 30] }],
  workloads: [
    {
      workload: "train-0.8M",
      spec: specOf("train-0.8M", 2),
      params: 824_320,
      ours: peer("cambium", [50, 60]),
      others,
      memory: { steps: [20, 2000], peakMb: [100, 130] },
    },
  ],
})

describe("the report of a benchmark", () => {
  it("prints ratios with their range, and whether the bar is met", () => {
    const text = markdown(result([peer("pytorch", [150, 120]), peer("tfjs", [300, 300])]))
    expect(text).toContain("| train-0.8M (0.82 M params) | PYTORCH | 2.50 (2.00 to 3.00) | 2.5: met | 2 of 2 | 0.0e+0 |")
    expect(text).toContain("| train-0.8M (0.82 M params) | TFJS | 5.50 (5.00 to 6.00) | 8: not met | 2 of 2 | 0.0e+0 |")
    expect(text).toContain("| train-0.8M | CAMBIUM | 55.0 (50.0 to 60.0) | 106 | 2 threads |")
  })

  it("says which peers were left out and that memory grew", () => {
    const text = markdown(result([]))
    expect(text).toContain("Note: TFJS left out")
    expect(text).toContain("| train-0.8M | 100 | 130 | 30.0 % | grows |")
  })

  it("does not count rounds in which the machine was busy with something else, and says so", () => {
    expect(markdown(result([peer("tfjs", [600, 600])]))).not.toContain("other programs")
    const disturbed = { ...peer("tfjs", [600, 6000]), foreign: [0.01, 0.42] }
    const text = markdown(result([disturbed]))
    expect(text).toContain("| TFJS | 12.00 (12.00 to 12.00) | 8: met | 1 of 2 |")
    expect(text).toContain("other programs used up to 42 % of the machine during 1 of 4 turns")
  })

  it("judges nothing when no round was quiet", () => {
    const disturbed = { ...peer("tfjs", [600, 6000]), foreign: [0.3, 0.42] }
    expect(markdown(result([disturbed]))).toContain("| TFJS | 56.00 (12.00 to 100.00) | 8: not judged | 0 of 2 |")
  })

  it("compares two trainers side by side with one, by rates", () => {
    expect(markdown(result([]))).toContain("| train-0.8M | 15.00 | 19.50 | 23.00 | 1.35 (1.20 to 1.50) | 1.55 (1.50 to 1.60) | 1.3: met |")
  })

  it("says when even two trainers that do not disturb each other would miss the bar", () => {
    const beside = { workload: "train-5M", alone: [10], together: [11], apart: [12] } as const
    expect(markdown({ ...result([]), sideBySide: [beside] })).toContain("| 1.10 (1.10 to 1.10) | 1.20 (1.20 to 1.20) | 1.3: not met, out of reach |")
  })

  it("says how near the training step comes to the fastest product of any peer", () => {
    const training = { ...must(result([]).workloads[0], "workload"), workload: "train-5M", spec: specOf("train-5M", 2), ours: peer("cambium", [300, 300]) } as const
    const product = { ...training, workload: "product", spec: specOf("product", 2), ours: peer("cambium", [100, 100]), others: [peer("pytorch", [80, 80])] } as const
    const both = { ...result([]), workloads: [training, product] }
    // 33 GFLOP in 300 ms against 17 GFLOP in 80 ms.
    expect(markdown(both)).toContain("run at 51 % of the fastest product of this run, 215 GFLOP/s in PYTORCH (bar 35 %: met)")
    expect(markdown({ ...both, workloads: [training] })).not.toContain("fastest product")
  })

  it("says how many times faster than a peer a step of nothing but products would be", () => {
    const training = { ...must(result([]).workloads[0], "workload"), workload: "train-5M", spec: specOf("train-5M", 2), others: [peer("pytorch", [300, 330]), peer("tfjs", [1600, 1600])] } as const
    const product = { ...training, workload: "product", spec: specOf("product", 2), ours: peer("cambium", [100, 100]), others: [peer("pytorch", [80, 80])] } as const
    const text = markdown({ ...result([]), workloads: [training, product] })
    // 33 GFLOP at 215 GFLOP/s.
    expect(text).toContain("| train-5M | PYTORCH | 153.8 | 2.05 (1.95 to 2.15) | 2.2: out of reach |")
    expect(text).toContain("| train-5M | TFJS | 153.8 | 10.41 (10.41 to 10.41) | 8: within reach |")
  })

  it("tells losses that only differ by rounding from losses of another computation", () => {
    expect(disagreements(result([peer("pytorch", [1, 1], [5.0002, 4])]))).toEqual([])
    const lines = disagreements(result([peer("pytorch", [1, 1], [5, 4.01]), peer("tfjs", [1, 1], [NaN, 4])]))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/train-0\.8M: .*CAMBIUM 5\.0000 4\.0000, PYTORCH 5\.0000 4\.0100/)
    expect(markdown(result([peer("pytorch", [1, 1], [5, 4.01])]))).toContain("DISAGREEMENT: train-0.8M")
  })
})

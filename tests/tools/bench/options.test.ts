import * as E from "fp-ts/lib/Either.js"
import { describe, expect, it } from "vitest"
import { parseOptions } from "../../../tools/bench/options.ts"

const right = (...args: string[]) => {
  const parsed = parseOptions(args)
  if (E.isLeft(parsed)) throw new Error(parsed.left)
  return parsed.right
}

describe("options of npm run bench", () => {
  it("measures every workload in every peer, five rounds, two threads, by default", () => {
    expect(right()).toEqual({
      workloads: ["train-0.8M", "train-5M", "train-20M", "score-5M", "decode-5M", "train-cnn", "score-cnn", "product"],
      peers: ["cambium", "cambium-gpujs", "pytorch", "tfjs", "transformers"],
      repeats: 5,
      threads: 2,
      device: "onnx",
      pythons: ["python3", "/usr/bin/python3"],
      memory: true,
      sideBySide: true,
      json: undefined,
    })
  })

  it("takes lists, in the order of the roster", () => {
    expect(right("--peers", "tfjs,cambium").peers).toEqual(["cambium", "tfjs"])
    expect(right("--workloads=train-5M,sc", "--no-memory", "--python", "/opt/python")).toMatchObject({ workloads: ["train-5M", "score-5M", "score-cnn"], memory: false, pythons: ["/opt/python"] })
  })

  it.each([
    [["--workloads", "9M"], /--workloads takes train-0\.8M, .* or how they begin, not "9M"/],
    [["--repeats", "0"], /--repeats takes a whole number from 1 to 100, not "0"/],
    [["--threads", "two"], /--threads takes a whole number/],
    [["--peers", "pytorch"], /--peers must have cambium/],
    [["--device", "cuda"], /--device takes onnx/],
    [["--fast"], /--fast/],
  ])("refuses %j and says what would be right", (args, message) => {
    const parsed = parseOptions(args)
    expect(E.isLeft(parsed) ? parsed.left : "accepted").toMatch(message)
  })
})

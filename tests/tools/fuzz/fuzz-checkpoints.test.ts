/** A slice of `npm run fuzz`: damaged checkpoints are refused in words or merged. */
import { expect, it } from "vitest"
import { fuzzCheckpoints } from "../../../tools/fuzz/fuzz-checkpoints.ts"
import { testFolder } from "../../src/checkpoint/made-files.ts"

it("[F1, F7] 300 damaged checkpoints: no exception, and nothing under the final name but what is whole", async () => {
  const { refused, merged, faults } = await fuzzCheckpoints("slice", 0, 300, testFolder())
  expect(faults).toEqual([])
  expect(refused).toBeGreaterThan(100)
  expect(merged).toBeGreaterThan(5)
})

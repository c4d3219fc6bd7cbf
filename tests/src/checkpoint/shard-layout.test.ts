/** Where the tensors of a new checkpoint lie. SPEC F2. */
import { expect, it } from "vitest"
import { bytesOfTensor, layOut, pageBytes, type NewTensor } from "#src"
import { storedBytes } from "../../../src/base/safetensors-header.ts"

const tensor = (name: string, dtype: NewTensor["dtype"], ...shape: readonly number[]): NewTensor => ({ name, dtype, shape })

it("[F2] every tensor begins at a multiple of its elements' size, whatever stands before it", () => {
  const tensors = [tensor("odd", "I8", 3), tensor("half", "BF16", 5), tensor("single", "F32", 1), tensor("double", "F64", 2), tensor("late", "F16", 1)]
  const { places } = layOut(tensors)
  expect(tensors.map(({ dtype }, i) => (places[i]?.start ?? 1) % storedBytes[dtype])).toEqual([0, 0, 0, 0, 0])
  // One after another, without holes.
  const ranges = places.map(({ start, bytes }) => [start, start + bytes] as const).sort((a, b) => a[0] - b[0])
  expect(ranges.slice(1).map(([start], i) => start - (ranges[i]?.[1] ?? 0))).toEqual([0, 0, 0, 0])
})

it("[F2] from a mebibyte on the first tensor of a file begins at a page; below, right after the header", () => {
  const [large, small] = [tensor("large", "BF16", 2 ** 19), tensor("small", "BF16", 2 ** 19 - 1)]
  expect([large, small].map(bytesOfTensor)).toEqual([2 ** 20, 2 ** 20 - 2])
  const [paged, plain] = [large, small].map((one) => layOut([one]).places[0]?.start ?? 0)
  expect(paged).toBe(pageBytes)
  expect(plain).toBeLessThan(200)
  // Of each file by itself.
  expect(layOut([large, small], 2 ** 20).places.map(({ shard, start }) => [shard, start % pageBytes === 0])).toEqual([[0, true], [1, false]])
})

import { expect, it } from "vitest"
import { counted } from "../../../src/base/counted.ts"

it("one is one, none and several are more", () => {
  expect([counted(1, "tensor"), counted(0, "tensor"), counted(2, "tensor"), counted(1, "index", "indices"), counted(3, "index", "indices")]).toEqual(["1 tensor", "0 tensors", "2 tensors", "1 index", "3 indices"])
})

/** What is measured of a merge of which some is known: what the passes ask for. */
import { expect, it } from "vitest"
import { element } from "#src"
import { measuringOf } from "../../../../nodes/merger/method/measured.ts"
import type { Leaves, Method } from "../../../../nodes/merger/method/method.ts"
import { methods } from "../../../../nodes/merger/methods.ts"
import { filled } from "../merging.ts"

/** Which models' numbers, companions and base the first pass asks for. */
const asked = (name: string, found: readonly ({ readonly value: unknown } | undefined)[], all?: { readonly value: unknown }): readonly string[] => {
  const method = methods.get(name) as Method
  const place = { name: "w", shape: [4, 5], layer: undefined, layers: 0 }
  const models = found.map((_, i) => ({ id: `${i}`, params: filled(method.each)(place) as never }))
  const measuring = measuringOf(method, { tensor: place, params: filled(method.params)(place) as never, models, based: method.base !== "none" }, { each: found, ...(all === undefined ? {} : { all }) })
  const seen = new Set<string>()
  const ask = (what: string) => (seen.add(what), element.number(1))
  const leaves: Leaves = {
    value: (i) => ask(`value ${i}`),
    companion: (i, beside) => ask(`${beside} ${i}`),
    get base() {
      return method.base === "none" ? undefined : ask("base")
    },
    word: ask,
    made: () => ask("made"),
    total: (term) => found.flatMap((_, i) => term(i) ?? []),
  }
  if (!measuring.known) void (measuring.kernels.kind === "sums" ? measuring.kernels.formulas(leaves) : measuring.kernels.sizes(leaves))
  return [...seen].sort()
}
const known = { value: { low: 1, high: 2, scale: 1 } }

it("[F12] asks for the models that are not known, where models are measured one by one", () => {
  expect(asked("ties", [undefined, undefined, undefined])).toEqual(["base", "value 0", "value 1", "value 2"])
  expect(asked("ties", [known, undefined, known])).toEqual(["base", "value 1"])
  expect(asked("fisher", [{ value: 2 }, undefined, undefined])).toEqual(["fisher 1", "fisher 2"])
  expect(asked("ties", [known, known, known])).toEqual([])
})

it("[F12] asks for nothing of models that were measured together; the sums over them are looked at all the same", () => {
  const gram = [[1, 0], [0, 1]]
  expect(asked("karcher", [undefined, undefined])).toEqual(["value 0", "value 1"])
  expect(asked("karcher", [undefined, undefined], { value: gram })).toEqual([])
  expect(asked("model_stock", Array.from({ length: 17 }, () => ({ value: 1 })))).toEqual(["base", ...Array.from({ length: 17 }, (_, i) => `value ${i}`)].sort())
})

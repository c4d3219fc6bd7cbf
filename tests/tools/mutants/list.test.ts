/** The deliberate faults still fit the source that they are faults of. */
import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { mutants } from "../../../tools/mutants/list.ts"
import { mutated } from "../../../tools/mutants/run.ts"

it.each(mutants)("$fault", (mutant) => {
  const text = readFileSync(new URL(`../../../${mutant.file}`, import.meta.url), "utf8")
  expect(mutated(mutant, text), `the text stands in ${mutant.file} once`).not.toBeUndefined()
  expect(mutated(mutant, text)).not.toBe(text)
})

it("there are at least ten", () => expect(mutants.length).toBeGreaterThanOrEqual(10))

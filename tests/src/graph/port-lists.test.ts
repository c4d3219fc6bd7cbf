/** Lists by port. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { flatPlace, flatPorts, mapPorts } from "../../../src/graph/port-lists.ts"

const lists = fc.dictionary(fc.constantFrom("from", "first", "second", "1", "0"), fc.array(fc.nat(), { maxLength: 4 }), { noNullPrototype: true })

it("are mapped item by item, and found again in the one list that has all of them", () => {
  fc.assert(
    fc.property(lists, (ports) => {
      const mapped = mapPorts(ports, (item, port) => `${port} ${item}`)
      expect(mapped).toEqual(Object.fromEntries(Object.entries(ports).map(([port, items]) => [port, items.map((item) => `${port} ${item}`)])))
      const flat = flatPorts(mapped, (text) => text.toUpperCase())
      expect(flat).toHaveLength(Object.values(ports).flat().length)
      for (const [port, texts] of Object.entries(mapped)) texts.forEach((text, i) => expect(flat[flatPlace(ports, port, i)]).toBe(text.toUpperCase()))
    }),
  )
})

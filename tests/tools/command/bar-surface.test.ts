/** Bars on a terminal: what is left of them when they are gone. */
import { Writable } from "node:stream"
import { expect, it } from "vitest"
import { systemClock } from "../../../src/base/clock.ts"
import { barSurface } from "../../../tools/command/bar-surface.ts"
import { plain } from "../../../tools/command/paint.ts"

/** As much of a terminal as bars use: what can be seen on it, and a promise of its saying something. */
const terminal = () => {
  const rows: string[] = [""]
  let [row, column, said] = [0, 0, ""]
  const waiting: (() => void)[] = []
  const put = (text: string): void => {
    rows[row] = (rows[row] ?? "").padEnd(column).slice(0, column) + text + (rows[row] ?? "").slice(column + text.length)
    column += text.length
  }
  const obey = (count: number, letter: string): void => {
    if (letter === "A") row = Math.max(0, row - count)
    if (letter === "B") row += count
    if (letter === "G") column = count - 1
    if (letter === "K") rows[row] = count === 2 ? "" : (rows[row] ?? "").slice(0, column)
    if (letter === "J") rows.splice(row, Infinity, (rows[row] ?? "").slice(0, column))
  }
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      const text = chunk.toString("utf8")
      for (const [, numbers, letter, plainText] of text.matchAll(/\u001b\[\??(\d*)([A-Za-z])|([^\u001b]+)/g)) {
        if (letter !== undefined) obey(Number(numbers || (letter === "K" ? 0 : 1)), letter)
        for (const part of (plainText ?? "").split(/(\r|\n)/)) {
          if (part === "\n") [row, column] = [row + 1, 0]
          else if (part === "\r") column = 0
          else put(part)
        }
      }
      said += text
      waiting.splice(0).forEach((look) => look())
      done()
    },
  })
  const says = async (text: string): Promise<void> => {
    while (!said.includes(text)) await new Promise<void>((look) => waiting.push(look))
  }
  return { stream: Object.assign(stream, { isTTY: true, columns: 80 }) as unknown as NodeJS.WriteStream, says, screen: () => rows.map((line) => line.trimEnd()).filter((line) => line !== "") }
}

it("C3: lines that take the place of bars are all that stands there, however many come at once", async () => {
  const { stream, says, screen } = terminal()
  const surface = barSurface(stream, systemClock, plain, 4, 8)
  for (const node of ["expert/a", "expert/b"]) {
    surface.show({ type: "started", revision: 1, node, why: { _tag: "New" } } as never)
    surface.show({ type: "progress", revision: 1, node, progress: { done: 3, total: 9, unit: "steps", note: "loss 3.475, which is a long way from where it began" } } as never)
  }
  await says("expert/b  ")
  surface.say("stopping")
  for (const node of ["bits", "compose", "expert/a", "expert/b"]) surface.show({ type: "outcome", revision: 1, node, outcome: { state: "cancelled" } })
  surface.close()
  expect(screen()).toEqual(["stopping", "stopped bits", "stopped compose", "stopped expert/a", "stopped expert/b"])
})

/** How a merge says how far it is, on a terminal, in a pipe and beside JSON. */
import { describe, expect, it } from "vitest"
import type { MergeProgress } from "../../../nodes/merger/checkpoint/progress.ts"
import { mergeSurface } from "../../../tools/command/merge-surface.ts"

const mega = 1e6

/** What is said of a merge of `seconds`: a third of them it measures, at 30 MB/s, then it writes, at 20 MB/s; some of that an earlier process had written. */
const told = (json: boolean, isTTY: boolean, seconds: number, everyMs: number) => {
  let now = 1000
  const said = { terminal: "", lines: [] as string[], printed: [] as unknown[] }
  const stderr = { isTTY, columns: 120, write: (text: string) => ((said.terminal += text), true) } as unknown as NodeJS.WriteStream
  const surface = mergeSurface("OUT", json, { stderr, write: (line) => void said.lines.push(line), print: (line) => void said.printed.push(JSON.parse(line)) }, { now: () => now, wall: () => now })
  const third = (1000 * seconds) / 3
  for (let ms = 0; ms <= 3 * third; ms += everyMs) {
    now = 1000 + ms
    const part: MergeProgress =
      ms < third ? { what: "measured", done: 0.03 * mega * ms, total: 0.03 * mega * third } : { what: "written", done: 0.02 * mega * (0.2 * third + ms - third), total: 0.02 * mega * 2.2 * third }
    surface.show(part)
  }
  surface.close()
  return said
}

describe("how far a merge is", () => {
  it("[F16] in a pipe is a line every 10 seconds, with pace and time left; of a merge that soon ends nothing", () => {
    expect(told(false, false, 60, 250)).toEqual({
      terminal: "",
      printed: [],
      lines: [
        "OUT: 300.0 MB of 600.0 MB measured, 30.0 MB/s, at least 10.0 s left",
        "OUT: 80.0 MB of 880.0 MB written",
        "OUT: 280.0 MB of 880.0 MB written, 20.0 MB/s, 30.0 s left",
        "OUT: 480.0 MB of 880.0 MB written, 20.0 MB/s, 20.0 s left",
        "OUT: 680.0 MB of 880.0 MB written, 20.0 MB/s, 10.0 s left",
        "OUT: 880.0 MB of 880.0 MB written, 20.0 MB/s",
      ],
    })
    expect(told(false, false, 9, 100)).toEqual({ terminal: "", printed: [], lines: [] })
  })

  it("[F16] beside JSON is an object every second, with the members that progress of a node has", () => {
    const { terminal, lines, printed } = told(true, true, 6, 250)
    const progress = (note: string, done: number, total: number) => ({ event: "progress", out: "OUT", done: done * mega, total: total * mega, unit: "bytes", note })
    expect([terminal, lines]).toEqual(["", []])
    expect(printed).toEqual([progress("measured", 30, 60), progress("written", 8, 88), progress("written", 28, 88), progress("written", 48, 88), progress("written", 68, 88), progress("written", 88, 88)])
    expect(told(true, false, 0.9, 100).printed).toEqual([])
  })

  it("[F16] on a terminal is one line that is written over again, and leaves nothing", () => {
    const { terminal, lines, printed } = told(false, true, 6, 500)
    expect([lines, printed]).toEqual([[], []])
    const shown = terminal.split("\r\u001b[K")
    expect(shown.slice(0, 4)).toEqual(["", "0 bytes of 60.0 MB measured", "15.0 MB of 60.0 MB measured, 30.0 MB/s, at least 1.5 s left", "30.0 MB of 60.0 MB measured, 30.0 MB/s, at least 1.0 s left"])
    expect(shown.at(-2)).toBe("88.0 MB of 88.0 MB written, 20.0 MB/s")
    expect(shown.at(-1)).toBe("")
    expect(terminal).not.toContain("\n")
  })
})

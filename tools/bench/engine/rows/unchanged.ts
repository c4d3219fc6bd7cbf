/**
 * The whole process when nothing has changed in ten thousand nodes: load, verify from disk, exit. Beside ninja and make
 * on the same graph, whose outputs are up to date, and beside a process that does nothing.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { sourcesOf } from "../../../../src/graph/node-table.ts"
import { inMs, quantile } from "../in-process.ts"
import type { Finding, Row } from "../row.ts"
import { meshOf } from "../small-kinds.ts"

const size = 10_000
const rounds = 7
const mostMsAbove = 150

interface Program {
  readonly name: string
  readonly run: readonly [command: string, ...args: readonly string[]]
  readonly cwd: string
}

export const unchangedRow: Row = {
  name: "unchanged",
  measure: async ({ root, folder, notice }) => {
    const idle: Program = { name: "node -e 0", run: [process.execPath, "-e", "0"], cwd: folder }
    const ours: Program = { name: "cambium run", run: [process.execPath, join(root, "tools/cambium.mjs"), "run", join(root, "tools/bench/engine/graphs/ten-thousand.ts"), "--store", join(folder, "store")], cwd: folder }
    const all = [ours, idle, ...peers(folder, notice)]
    for (const program of all) for (let i = 0; i < 2; i++) once(program)
    const ms = new Map(all.map((program): [Program, number[]] => [program, []]))
    for (let round = 0; round < rounds; round++) for (const program of all) ms.get(program)?.push(once(program))
    const of = (program: Program): number => quantile(ms.get(program) ?? [], 0.5)
    const above = of(ours) - of(idle)
    const bar = { text: `${mostMsAbove} ms above node -e 0 (${above.toFixed(0)} ms)`, isMet: above <= mostMsAbove }
    return all.slice(1).map((peer, i): Finding => ({
      work: `cambium run, nothing changed in ${size} nodes, whole process`,
      here: inMs(of(ours)),
      than: { peer: peer.name, figure: inMs(of(peer)), times: of(peer) / of(ours) },
      ...(i === 0 ? { bar } : {}),
    }))
  },
}

/** Milliseconds of one run. */
const once = ({ name, run: [command, ...args], cwd }: Program): number => {
  const from = performance.now()
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" })
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${error?.message ?? stderr}`)
  return performance.now() - from
}

const isThere = (command: string): boolean => spawnSync(command, ["--version"]).status === 0

const peers = (folder: string, notice: (line: string) => void): readonly Program[] => {
  const nodes = [...meshOf(size).nodes.values()]
  const found: Program[] = []
  const add = (name: "ninja" | "make", prepare: (cwd: string) => void): void => {
    if (!isThere(name)) return notice(`${name} is not on this machine: left out`)
    const cwd = join(folder, name)
    mkdirSync(cwd)
    prepare(cwd)
    found.push({ name, run: [name], cwd })
  }
  add("ninja", (cwd) => writeFileSync(join(cwd, "build.ninja"), ["rule touch", "  command = : > $out", ...nodes.map((node) => `build ${node.path}: touch ${sourcesOf(node).join(" ")}`), ""].join("\n")))
  add("make", (cwd) => {
    writeFileSync(join(cwd, "Makefile"), [`all: ${nodes.map(({ path }) => path).join(" ")}`, ...nodes.map((node) => `${node.path}: ${sourcesOf(node).join(" ")}\n\t: > $@`), ""].join("\n"))
    // Made already, each after what it depends on.
    nodes.forEach(({ path }, i) => {
      writeFileSync(join(cwd, path), "")
      utimesSync(join(cwd, path), 1_000_000_000 + i, 1_000_000_000 + i)
    })
  })
  return found
}

/** Loads the graph files named on the command line as the command does, and prints what is wrong with each: one process for many files. */
import { register } from "tsx/esm/api"

register()
const { loadGraph } = await import("../../tools/command/load-graph-file.ts")
const problems = []
for (const file of process.argv.slice(2)) problems.push((await loadGraph(file, { set: [], tiny: false })).left ?? null)
console.log(JSON.stringify(problems))

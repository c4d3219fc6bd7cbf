/**
 * The door of the command: finds the sub-command and loads only what it needs, so that a run that has nothing to do
 * is over at once. `cambium merge` needs nothing that lies elsewhere in the bundle (`bundle/tool-bundle.ts`).
 */
import { isRight } from "fp-ts/lib/Either.js"
import { closest } from "../src/schema/closest.ts"
import { exitCode } from "./command/exit-code.ts"
import { currentBundle } from "./bundle/current-bundle.ts"
import { commandHelp, programHelp } from "./command/help.ts"
import { commands } from "./command/spec.ts"
import { version } from "./command/version.ts"
import type { SeatThread } from "../nodes/merger/checkpoint/seat-threads.ts"

export { ignoreBrokenPipes } from "./command/broken-pipe.ts"

/** The id of the bundle at `pointer`, if what this command line loads of it is made of the sources as they are. */
export const currentTool = (pointer: string, [name = ""]: readonly string[]): string | undefined => currentBundle(pointer, name === "merge" || !Object.hasOwn(commands, name))?.id

/** Starts what a command line will need and what takes long to start, before it is known whether this code is that of the sources: it does nothing by itself. */
export const begin = async ([name, ...rest]: readonly string[]): Promise<SeatThread | undefined> =>
  name === "merge" && !asksForHelp(rest) ? (await import("./command/merge.ts")).beginMerge(rest) : undefined

/**
 * Runs one command line (without `node cambium.mjs`) and gives back its exit code. `tool`: the id of this code, if it is that of the sources;
 * `begun`: what was started for it.
 */
export const cambium = async (args: readonly string[], tool?: string, begun?: SeatThread): Promise<number> => {
  const [name, ...rest] = args
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return help(rest[0])
  if (name === "--version" || name === "-v") {
    console.log(version())
    return exitCode.done
  }
  const spec = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (spec === undefined) return unknown(name)
  if (spec.helpsItself !== true && asksForHelp(rest)) return help(name)
  switch (name) {
    case "run":
      return runOrRepeat(rest, tool)
    case "show":
      return (await import("./command/show.ts")).showCommand(rest)
    case "why":
      return (await import("./command/why.ts")).whyCommand(rest)
    case "diff":
      return (await import("./command/diff.ts")).diffCommand(rest)
    case "log":
      return (await import("./command/log.ts")).logCommand(rest)
    case "results":
      return (await import("./command/results.ts")).resultsCommand(rest)
    case "export":
      return (await import("./command/export.ts")).exportCommand(rest)
    case "merge":
      return (await import("./command/merge.ts")).mergeCommand(rest, begun)
    case "devices":
      return (await import("./command/devices.ts")).devicesCommand(rest)
    case "live":
      return (await import("./command/live.ts")).liveCommand(rest)
    case "gc":
      return (await import("./command/gc.ts")).gcCommand(rest)
    case "verify":
      return (await import("./command/verify.ts")).verifyCommand(rest)
    case "data":
      return (await import("./data/command.ts")).dataCommand(rest)
    case "bench":
      return (await import("./bench/bench.ts")).benchCommand(rest)
    default:
      return unknown(name)
  }
}

const asksForHelp = (args: readonly string[]): boolean => args.includes("--help") || args.includes("-h")

const runOrRepeat = async (args: readonly string[], tool: string | undefined): Promise<number> => {
  const repeated = tool === undefined ? undefined : await (await import("./unchanged/repeat-run.ts")).repeatRun(args, tool)
  if (repeated !== undefined && isRight(repeated)) return repeated.right
  return (await import("./command/run.ts")).runCommand(args, tool === undefined || repeated === undefined ? undefined : { id: tool, whyAll: repeated.left })
}

const help = (name: string | undefined): number => {
  if (name === undefined) console.log(programHelp())
  else if (Object.hasOwn(commands, name)) console.log(commandHelp(name))
  else return unknown(name)
  return exitCode.done
}

const unknown = (name: string): number => {
  const near = closest(name, Object.keys(commands))
  console.error(`cambium: there is no command ${name}${near === undefined ? "" : `; did you mean ${near}?`}`)
  console.error(`commands: ${Object.keys(commands).join(", ")}; cambium help tells more`)
  return exitCode.wrongInput
}

/**
 * The door of the command: finds the sub-command and loads only what it needs, so that a run that has nothing to do
 * is over at once.
 */
import { closest } from "../src/schema/closest.ts"
import { exitCode } from "./command/exit-code.ts"
import { commandHelp, programHelp } from "./command/help.ts"
import { commands } from "./command/spec.ts"
import { version } from "./command/version.ts"

/** Runs one command line (without `node cambium.mjs`) and gives back its exit code. */
export const cambium = async (args: readonly string[]): Promise<number> => {
  const [name, ...rest] = args
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return help(rest[0])
  if (name === "--version" || name === "-v") {
    console.log(version())
    return exitCode.done
  }
  const spec = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (spec === undefined) return unknown(name)
  if (spec.helpsItself !== true && (rest.includes("--help") || rest.includes("-h"))) return help(name)
  switch (name) {
    case "run":
      return (await import("./command/run.ts")).runCommand(rest)
    case "show":
      return (await import("./command/show.ts")).showCommand(rest)
    case "why":
      return (await import("./command/why.ts")).whyCommand(rest)
    case "diff":
      return (await import("./command/diff.ts")).diffCommand(rest)
    case "log":
      return (await import("./command/log.ts")).logCommand(rest)
    case "export":
      return (await import("./command/export.ts")).exportCommand(rest)
    case "devices":
      return (await import("./command/devices.ts")).devicesCommand(rest)
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

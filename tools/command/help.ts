/** Help texts, made of the command specs. */
import { must } from "../../src/base/assert.ts"
import { commands, type CommandSpec } from "./spec.ts"

const column = 30

/** `cambium help`. */
export const programHelp = (): string =>
  [
    "cambium: grow, compose and merge neural networks as a graph that re-runs only what changed",
    "",
    "usage: cambium COMMAND [options]",
    "",
    ...Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`),
    "",
    "cambium help COMMAND tells more. Exit codes: 0 done, 1 a node failed, 2 wrong graph or command line, 130 interrupted.",
  ].join("\n")

/** `usage: cambium run FILE [options]`. */
export const usageOf = (name: string): string => {
  const { operands, options } = must(commands[name], `command ${name}`)
  return ["usage: cambium", name, ...(operands === "" ? [] : [operands]), ...(Object.keys(options).length > 0 ? ["[options]"] : [])].join(" ")
}

/** `cambium help run`. */
export const commandHelp = (name: string): string => {
  const spec = must(commands[name], `command ${name}`)
  const lines = optionLines(spec)
  const notes = spec.notes ?? []
  return [spec.about, "", usageOf(name), ...(lines.length > 0 ? ["", ...lines] : []), ...(notes.length > 0 ? ["", ...notes] : [])].join("\n")
}

const optionLines = ({ options }: CommandSpec): readonly string[] =>
  Object.entries(options).flatMap(([name, { value, doc }]) => {
    const head = `  --${name}${value === undefined ? "" : ` ${value}`}`
    return head.length < column ? [`${head.padEnd(column)}${doc}`] : [head, `${" ".repeat(column)}${doc}`]
  })

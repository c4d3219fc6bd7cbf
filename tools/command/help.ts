/** Help texts, made of the command specs. */
import { must } from "../../src/base/assert.ts"
import { commands, type CommandSpec } from "./spec.ts"

const column = 30

/** Columns that help is folded to: those of the terminal, within reason. */
const helpWidth = (): number => Math.min(110, Math.max(60, process.stdout.columns ?? 100))

/** `text` after `head`, folded between words; further lines begin where the text began. */
const folded = (head: string, text: string, indent: number): readonly string[] => {
  const lines = [head]
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? ""
    const glued = last.trim() === "" || last === head ? `${last}${word}` : `${last} ${word}`
    if (glued.length < helpWidth()) lines[lines.length - 1] = glued
    else lines.push(`${" ".repeat(indent)}${word}`)
  }
  return lines
}

/** `cambium help`. */
export const programHelp = (): string =>
  [
    "cambium: grow, compose and merge neural networks as a graph that re-runs only what changed",
    "",
    "usage: cambium COMMAND [options]",
    "",
    ...Object.entries(commands).flatMap(([name, { about }]) => folded(`  ${name.padEnd(10)}`, about, 12)),
    "",
    ...folded("", "cambium help COMMAND tells more. Exit codes: 0 done, 1 a node failed, 2 wrong graph or command line, 130 interrupted.", 0),
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
  const notes = (spec.notes ?? []).flatMap((note) => folded("", note, 0))
  return [...folded("", spec.about, 0), "", usageOf(name), ...(lines.length > 0 ? ["", ...lines] : []), ...(notes.length > 0 ? ["", ...notes] : [])].join("\n")
}

const optionLines = ({ options }: CommandSpec): readonly string[] =>
  Object.entries(options).flatMap(([name, { value, doc }]) => {
    const head = `  --${name}${value === undefined ? "" : ` ${value}`}`
    return head.length < column ? folded(head.padEnd(column), doc, column) : [head, ...folded(" ".repeat(column), doc, column)]
  })

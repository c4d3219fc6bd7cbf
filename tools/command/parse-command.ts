/** Command lines against a command's spec. What is wrong is a sentence with the nearest right name. */
import * as E from "fp-ts/lib/Either.js"
import { parseArgs, type ParseArgsConfig } from "node:util"
import { must } from "../../src/base/assert.ts"
import { closest } from "../../src/schema/closest.ts"
import { usageOf } from "./help.ts"
import { commands } from "./spec.ts"

export interface CommandLine {
  readonly operands: readonly string[]
  /** Present options: `true`, the value, or the values of one that may be repeated. */
  readonly options: { readonly [name: string]: true | string | readonly string[] }
}

/** Reads the arguments of the command `name`. Left is for standard error; the exit code is then 2. */
export const parseCommand = (name: string, args: readonly string[]): E.Either<string, CommandLine> => {
  const spec = must(commands[name], `command ${name}`)
  const config: ParseArgsConfig["options"] = Object.fromEntries(
    Object.entries(spec.options).map(([option, { type, multiple }]) => [option, { type, multiple: multiple ?? false }]),
  )
  // Not strict: node's own messages know no nearest name.
  const { tokens } = parseArgs({ args: [...args], options: config, allowPositionals: true, strict: false, tokens: true })
  const wrong = (message: string): E.Either<string, never> => E.left(`cambium ${name}: ${message}\n${usageOf(name)}`)
  const operands: string[] = []
  const options: Record<string, true | string | string[]> = {}
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value)
    if (token.kind !== "option") continue
    const option = Object.hasOwn(spec.options, token.name) ? spec.options[token.name] : undefined
    if (option === undefined) {
      const near = closest(token.name, Object.keys(spec.options))
      const known = Object.keys(spec.options).map((known) => `--${known}`).join(", ")
      return wrong(`there is no option ${token.rawName}${near === undefined ? ` (there are ${known})` : `; did you mean --${near}?`}`)
    }
    if (option.type === "boolean") {
      if (token.value !== undefined) return wrong(`--${token.name} takes no value, got ${JSON.stringify(token.value)}`)
      options[token.name] = true
    } else if (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))) {
      return wrong(`--${token.name} expects a value: --${token.name} ${option.value}`)
    } else if (option.multiple === true) {
      const before = options[token.name]
      options[token.name] = [...(Array.isArray(before) ? before : []), token.value]
    } else options[token.name] = token.value
  }
  if (operands.length < spec.least) return wrong(`expects ${spec.operands}`)
  if (operands.length > spec.most) return wrong(`expects ${spec.operands === "" ? "no arguments" : `only ${spec.operands}`}, got ${operands.map((operand) => JSON.stringify(operand)).join(" ")}`)
  return E.right({ operands, options })
}

/** The option's value, or undefined. */
export const textOption = (line: CommandLine, name: string): string | undefined => {
  const value = line.options[name]
  return typeof value === "string" ? value : undefined
}

/** All values of an option that may be repeated. */
export const listOption = (line: CommandLine, name: string): readonly string[] => {
  const value = line.options[name]
  return Array.isArray(value) ? value : []
}

/** A whole number; `fallback` when it is not there. */
export const wholeOption = (line: CommandLine, option: string, fallback: number, least: number, most: number): E.Either<string, number> => {
  const text = textOption(line, option)
  if (text === undefined) return E.right(fallback)
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  return value >= least && value <= most ? E.right(value) : E.left(`--${option}: expected a whole number from ${least} to ${most}, got ${JSON.stringify(text)}`)
}

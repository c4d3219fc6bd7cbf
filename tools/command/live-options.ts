/** The options of `cambium live`, checked: those of `run` that fit, and where to listen. */
import * as E from "fp-ts/lib/Either.js"
import { textOption } from "./parse-command.ts"
import { readRunLine, type RunOptions } from "./run-options.ts"

export interface LiveOptions extends RunOptions {
  readonly host: string
  /** Undefined: the first free one of a few. */
  readonly port: number | undefined
  /** Open the browser. */
  readonly open: boolean
}

/** Left is a sentence for standard error. */
export const readLiveLine = (args: readonly string[]): E.Either<string, LiveOptions> => {
  const read = readRunLine("live", args)
  if (E.isLeft(read)) return read
  const { line, options } = read.right
  const text = textOption(line, "port")
  const port = text === undefined ? undefined : /^\d{1,5}$/.test(text) ? Number(text) : -1
  if (port !== undefined && (port < 0 || port > 65535)) return E.left(`--port: expected a whole number from 0 to 65535, got ${JSON.stringify(text)}`)
  return E.right({ ...options, host: textOption(line, "host") ?? "127.0.0.1", port, open: line.options["no-open"] !== true })
}

/** Colour for terminals: off when nobody looks, when NO_COLOR asks for it, and always harmless to leave out. */
import { styleText } from "node:util"

export type Paint = (style: "bold" | "dim" | "red" | "green" | "yellow" | "cyan" | "magenta", text: string) => string

/** A painter for what is written to `stream`. */
export const paintFor = (stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): Paint => {
  const forced = environment["FORCE_COLOR"]
  const on = forced !== undefined && forced !== "" ? forced !== "0" : stream.isTTY === true && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb"
  return on ? (style, text) => styleText(style, text) : (_, text) => text
}

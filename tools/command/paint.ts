/** Colour for terminals: off when nobody looks, when NO_COLOR asks for it, and always harmless to leave out. */
/** SGR codes: on and off. */
const styles = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39], magenta: [35, 39] } as const

export type Paint = (style: keyof typeof styles, text: string) => string

export const plain: Paint = (_, text) => text
export const colours: Paint = (style, text) => `\u001b[${styles[style][0]}m${text}\u001b[${styles[style][1]}m`

/** A painter for what is written to `stream`. */
export const paintFor = (stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): Paint => {
  const forced = environment["FORCE_COLOR"]
  const on = forced !== undefined && forced !== "" ? forced !== "0" : stream.isTTY === true && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb"
  return on ? colours : plain
}

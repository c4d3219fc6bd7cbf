/** What was changed on the page as lines to put into the graph file, or onto a command line. SPEC L4. */
import type { Json } from "../../base/json.ts"
import { brief } from "../../base/brief.ts"
import type { Overlay } from "../overlay.ts"

/** `file` is the graph file. */
export const codeOf = (overlay: Overlay, file: string): string => {
  const sets = Object.entries(overlay.set)
  const command = [`npx cambium run ${file}`, ...sets.map(([target, value]) => `--set ${quoted(`${target}=${typeof value === "string" ? value : JSON.stringify(value)}`)}`), ...(overlay.seed === null ? [] : [`--seed ${overlay.seed}`])]
  const lines = [
    ...sets.map(([target, value]) => `// ${target}: ${literal(value)}`),
    ...overlay.remove.map((path) => `// without ${path}`),
    ...Object.entries(overlay.salts).map(([path, salt]) => `// ${path}: { salt: ${literal(salt)} }`),
    ...Object.entries(overlay.wires).flatMap(([path, ports]) => Object.entries(ports).map(([port, wires]) => `// ${path}: { ${port}: ${wiresText(wires)} }`)),
    ...Object.entries(overlay.controls).map(([path, controls]) => `// ${path}: ${brief(literal(controls), 100)}`),
    ...overlay.add.map(({ path, kind, params, inputs }) => `g.add(${literal(path)}, ${nameOf(kind)}, ${literal(params)}, { ${Object.entries(inputs).map(([port, wires]) => `${port}: ${wiresText(wires)}`).join(", ")} })`),
  ]
  return `${["// What was changed on the page, node by node:", ...lines, "", "// The params and the seed, for a run without the page:", `// ${command.join(" ")}`].join("\n")}\n`
}

/** For a POSIX shell. */
const quoted = (text: string): string => (/^[\w./=:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

const wiresText = (wires: readonly string[]): string => (wires.length === 1 ? (wires[0] ?? "") : `[${wires.join(", ")}]`)

/** `metric/bits-per-character` is exported as `bitsPerCharacter`. */
const nameOf = (kind: string): string => (kind.split("/").at(-1) ?? kind).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

const literal = (value: Json): string => {
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((one) => literal(one as Json)).join(", ")}]`
  const entries = Object.entries(value as { readonly [key: string]: Json }).map(([key, one]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)}: ${literal(one)}`)
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`
}

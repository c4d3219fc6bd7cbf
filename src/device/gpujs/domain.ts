/**
 * From the axes of a kernel's output to thread indices. Neighbouring axes that every index expression walks as one
 * are merged first, so most kernels need no division at all.
 */
import { must } from "../../base/assert.ts"
import type { Body } from "./body.ts"
import { type Dialect, quotientText, remainderText } from "./dialect.ts"
import { type Form, rangeOf } from "./index-form.ts"

interface Group {
  /** The innermost axis: its factor in a form is the group's. */
  readonly axis: number
  readonly extent: number
}

/** One kernel as gpu.js takes it. */
export interface Kernel {
  readonly source: string
  /** gpu.js order: x, y, z. */
  readonly output: readonly number[]
}

/** Below this, an innermost extent that is not a multiple of four lanes is not worth a row of its own. */
const shortRow = 24

/** Every index expression of the body, those inside divisions included. */
const allForms = (forms: readonly Form[]): readonly Form[] => {
  const seen = new Set<Form>()
  const visit = (form: Form): void => {
    if (seen.has(form)) return
    seen.add(form)
    for (const { atom } of form.terms) if (atom.kind === "div" || atom.kind === "mod") visit(atom.of)
  }
  forms.forEach(visit)
  return [...seen]
}

const factorOf = (form: Form, axis: number): number =>
  form.terms.find(({ atom }) => atom.kind === "axis" && atom.axis === axis)?.factor ?? 0

const mergeAxes = (extents: readonly number[], forms: readonly Form[]): readonly Group[] =>
  extents.reduceRight<readonly Group[]>((inner, extent, axis) => {
    if (extent === 1) return inner
    const next = inner[0]
    const together = next !== undefined && forms.every((form) => factorOf(form, axis) === factorOf(form, next.axis) * next.extent)
    return together ? [{ axis: next.axis, extent: next.extent * extent }, ...inner.slice(1)] : [{ axis, extent }, ...inner]
  }, [])

/** Groups by thread axis, x first. */
const assign = (groups: readonly Group[], dialect: Dialect): readonly (readonly Group[])[] => {
  if (dialect.layout === "flat") return [groups]
  let rest = groups.length
  let row = 1
  while (rest > 0 && (rest === groups.length || (row % 4 !== 0 && row < shortRow))) row *= must(groups[--rest], "axis group").extent
  const x = groups.slice(rest)
  const outer = groups.slice(0, rest)
  return [x, outer.slice(-1), outer.slice(0, -1)].filter((axis, i) => i === 0 || axis.length > 0)
}

/** Completes a kernel whose output has the row-major axes `extents`: names the axes, writes the index expressions. */
export const threadKernel = (
  body: Body,
  result: string,
  extents: readonly number[],
  parameters: readonly string[],
  dialect: Dialect,
): Kernel => {
  const text = body.text(result)
  const groups = mergeAxes(extents, allForms(body.forms))
  const threads = assign(groups, dialect)
  const prelude: string[] = []
  const names = new Map<number, string>()
  threads.forEach((members, t) => {
    const total = members.reduce((n, g) => n * g.extent, 1)
    let thread = `this.thread.${must("xyz"[t], "thread axis")}`
    if (dialect.integerVariables && members.length > 0) {
      prelude.push(`let i = ${thread};`)
      thread = "i"
    }
    let stride = total
    members.forEach((group, m) => {
      stride /= group.extent
      const within = m === 0 ? thread : remainderText(thread, total - 1, stride * group.extent, dialect)
      const high = (m === 0 ? total : stride * group.extent) - 1
      const name = quotientText(within, high, stride, dialect)
      names.set(group.axis, dialect.integerVariables && members.length > 1 ? `c${m}` : name)
      if (dialect.integerVariables && members.length > 1) prelude.push(`let c${m} = ${name};`)
    })
  })

  const derived = new Map<number, string>()
  const render = (form: Form): string => {
    const parts = form.terms.flatMap(({ atom, factor }) => {
      const times = (name: string): string => (factor === 1 ? name : `${name} * ${factor}`)
      if (atom.kind === "axis") {
        const name = names.get(atom.axis)
        return name === undefined ? [] : [times(name)]
      }
      if (atom.kind === "name") return [times(atom.text)]
      const write = atom.kind === "div" ? quotientText : remainderText
      const known = derived.get(atom.id) ?? write(render(atom.of), rangeOf(atom.of)[1], atom.by, dialect)
      derived.set(atom.id, known)
      return [times(known)]
    })
    if (parts.length === 0) return `${form.offset}`
    const shift = form.offset === 0 ? "" : form.offset > 0 ? ` + ${form.offset}` : ` - ${-form.offset}`
    return parts.length === 1 && shift === "" ? `${parts[0]}` : `(${parts.join(" + ")}${shift})`
  }
  const lines = text.replace(/<(\d+)>/g, (_, n: string) => render(must(body.forms[Number(n)], "index expression")))
  const output = threads.map((members) => members.reduce((n, g) => n * g.extent, 1))
  return { source: `function (${parameters.join(", ")}) {\n${[...prelude, lines].join("\n")}\n}`, output }
}

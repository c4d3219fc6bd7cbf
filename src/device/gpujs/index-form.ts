/**
 * Index arithmetic: integer forms `offset + sum(factor * atom)` over atoms with known ranges, so that divisions and
 * remainders which a reshape brings in cancel before any code is written. What an atom is called in a kernel, and
 * which domain axes share a thread axis, is decided later (`domain.ts`).
 */
import { must } from "../../base/assert.ts"
import type { Shape } from "../../base/ndarray.ts"
import { stridesOf } from "../../tensor/shape.ts"

/** A bounded integer inside a kernel: 0 <= atom < extent. */
export type Atom = {
  readonly id: number
  readonly extent: number
  /** Depth of the scope in which it is known: 0 for the domain, more inside loops. */
  readonly level: number
} & (
  | { readonly kind: "axis"; readonly axis: number }
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "div" | "mod"; readonly of: Form; readonly by: number }
)

export interface Form {
  readonly offset: number
  /** By atom id, factors positive. */
  readonly terms: readonly { readonly atom: Atom; readonly factor: number }[]
}

export const constantForm = (offset: number): Form => ({ offset, terms: [] })

/** Equal keys, equal value. */
export const formKey = (form: Form): string => [form.offset, ...form.terms.map(({ atom, factor }) => `${factor}#${atom.id}`)].join("+")

/** Scope depth from which the form can be computed. */
export const levelOf = (forms: readonly Form[]): number =>
  forms.reduce((level, form) => form.terms.reduce((l, { atom }) => Math.max(l, atom.level), level), 0)

/** Smallest and largest value the form can take. */
export const rangeOf = (form: Form): readonly [number, number] => [
  form.offset,
  form.terms.reduce((high, { atom, factor }) => high + factor * (atom.extent - 1), form.offset),
]

export const addConstant = (form: Form, value: number): Form => ({ offset: form.offset + value, terms: form.terms })

/** `form * factor`, factor >= 0. */
export const scale = (form: Form, factor: number): Form =>
  factor === 0
    ? constantForm(0)
    : { offset: form.offset * factor, terms: form.terms.map((t) => ({ atom: t.atom, factor: t.factor * factor })) }

export const sum = (a: Form, b: Form): Form => {
  const factors = new Map(a.terms.map((t) => [t.atom.id, t]))
  for (const t of b.terms) factors.set(t.atom.id, { atom: t.atom, factor: t.factor + (factors.get(t.atom.id)?.factor ?? 0) })
  return rejoin({ offset: a.offset + b.offset, terms: [...factors.values()].sort((p, q) => p.atom.id - q.atom.id) })
}

/** A quotient and its remainder in the proportion that makes up the dividend become the dividend again. */
const rejoin = (form: Form): Form => {
  for (const { atom: whole, factor } of form.terms) {
    if (whole.kind !== "div") continue
    const part = form.terms.find(
      (t) => t.atom.kind === "mod" && t.atom.by === whole.by && t.factor * whole.by === factor && formKey(t.atom.of) === formKey(whole.of),
    )
    if (part === undefined) continue
    const rest = form.terms.filter(({ atom }) => atom !== whole && atom !== part.atom)
    return sum({ offset: form.offset, terms: rest }, scale(whole.of, part.factor))
  }
  return form
}

/** Coordinates in an argument of shape `shape` that broadcasting reads for `coords` of the result. */
export const broadcastTo = (coords: readonly Form[], shape: Shape): readonly Form[] =>
  shape.map((extent, i) => (extent === 1 ? constantForm(0) : must(coords[coords.length - shape.length + i], "coordinate")))

/** Position of an element in the row-major data of `shape`. */
export const flatten = (coords: readonly Form[], shape: Shape): Form => {
  const strides = stridesOf(shape)
  return coords.reduce((flat, coord, i) => sum(flat, scale(coord, strides[i]!)), constantForm(0))
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** The atoms of one kernel, each made once: equal quotients share a name. */
export class Atoms {
  readonly #derived = new Map<string, Atom>()
  #next = 0

  axis(axis: number, extent: number): Form {
    return this.#form({ kind: "axis", axis, extent, level: 0, id: this.#next++ })
  }

  /** A name or expression of the kernel's text; the same text is the same atom. */
  named(text: string, extent: number, level: number): Form {
    const known = this.#derived.get(text) ?? { kind: "name", text, extent, level, id: this.#next++ }
    this.#derived.set(text, known)
    return this.#form(known)
  }

  /** Quotient and remainder (floor) of a form by a positive constant; terms that divide exactly leave no operation behind. */
  divide(form: Form, by: number): readonly [Form, Form] {
    if (by === 1) return [form, constantForm(0)]
    const whole = Math.floor(form.offset / by)
    const exact = form.terms.filter((t) => t.factor % by === 0).map((t) => ({ atom: t.atom, factor: t.factor / by }))
    const rest: Form = { offset: form.offset - whole * by, terms: form.terms.filter((t) => t.factor % by !== 0) }
    if (rangeOf(rest)[1] < by) return [{ offset: whole, terms: exact }, rest]
    const common = rest.terms.reduce((g, t) => gcd(g, t.factor), by)
    const slack = rest.offset % common
    const small: Form = {
      offset: (rest.offset - slack) / common,
      terms: rest.terms.map((t) => ({ atom: t.atom, factor: t.factor / common })),
    }
    const divisor = by / common
    const high = rangeOf(small)[1]
    const quotient = this.#derive("div", small, divisor, Math.floor(high / divisor) + 1)
    const remainder = divisor === 1 ? constantForm(0) : this.#derive("mod", small, divisor, Math.min(divisor, high + 1))
    return [sum({ offset: whole, terms: exact }, quotient), addConstant(scale(remainder, common), slack)]
  }

  /** Coordinates in `shape` of the element at row-major position `flat`. */
  unflatten(flat: Form, shape: Shape): readonly Form[] {
    const coords: Form[] = []
    let rest = flat
    for (let i = shape.length - 1; i >= 0; i--) {
      const [quotient, remainder] = i === 0 ? [constantForm(0), rest] : this.divide(rest, shape[i]!)
      coords.unshift(remainder)
      rest = quotient
    }
    return coords
  }

  #derive(kind: "div" | "mod", of: Form, by: number, extent: number): Form {
    const key = `${kind} ${by} ${formKey(of)}`
    const known = this.#derived.get(key) ?? { kind, of, by, extent, level: levelOf([of]), id: this.#next++ }
    this.#derived.set(key, known)
    return { offset: 0, terms: [{ atom: known, factor: 1 }] }
  }

  #form(atom: Atom): Form {
    return { offset: 0, terms: atom.extent === 1 ? [] : [{ atom, factor: 1 }] }
  }
}

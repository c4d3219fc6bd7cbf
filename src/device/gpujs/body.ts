/**
 * The text of one kernel while it grows: nested scopes of statements, each value declared once in the outermost scope
 * that knows its coordinates, so that what does not depend on a loop is computed before it. Index expressions stay
 * placeholders until the whole kernel is known (`domain.ts` names them).
 */
import { must } from "../../base/assert.ts"
import { Atoms, constantForm, type Form } from "./index-form.ts"

interface Scope {
  readonly lines: string[]
  readonly known: Map<string, string>
  /** Inside a branch: nothing may move out of it, since its indices are only valid there. */
  readonly branch: boolean
}

export class Body {
  readonly atoms = new Atoms()
  /** Index expressions by placeholder number. */
  readonly forms: Form[] = []
  #scopes: Scope[] = [{ lines: [], known: new Map(), branch: false }]
  #names = 0

  /** A fresh identifier; the prefix keeps generated sources readable. */
  name(prefix: string): string {
    return `${prefix}${this.#names++}`
  }

  /** Stands for the text of an integer expression. */
  index(form: Form): string {
    this.forms.push(form)
    return `<${this.forms.length - 1}>`
  }

  /** The scope in which a value that needs `level` belongs. */
  place(level: number): number {
    return Math.max(level, this.#scopes.findLastIndex((scope) => scope.branch), 0)
  }

  /** What `recall(key)` finds until the scope it was kept in closes. */
  recall(key: string): string | undefined {
    return this.#scopes.findLast((scope) => scope.known.has(key))?.known.get(key)
  }

  keep(level: number, key: string, text: string): string {
    must(this.#scopes[level], "scope").known.set(key, text)
    return text
  }

  line(level: number, text: string): void {
    must(this.#scopes[level], "scope").lines.push(text)
  }

  /** Declares a number in the scope at `level` and gives back its name. */
  declare(level: number, expression: string): string {
    const name = this.name("v")
    this.line(level, `let ${name} = ${expression};`)
    return name
  }

  /** Runs `fill` for every integer below `extent`, inside the scope at `level`. */
  loop(level: number, extent: number, fill: (counter: Form, inner: number) => void): void {
    if (extent === 1) return fill(constantForm(0), level)
    const counter = this.name("k")
    this.#nest(level, false, `for (let ${counter} = 0; ${counter} < ${extent}; ${counter}++)`, (inner) =>
      fill(this.atoms.named(counter, extent, inner), inner),
    )
  }

  /** Runs `fill` where `condition` holds, inside the scope at `level`. */
  branch(level: number, condition: string, fill: (inner: number) => void): void {
    this.#nest(level, true, `if (${condition})`, fill)
  }

  text(result: string): string {
    return [...must(this.#scopes[0], "outermost scope").lines, `return ${result};`].join("\n")
  }

  /** Deeper scopes that are still open step aside: their text comes after this block. */
  #nest(level: number, branch: boolean, head: string, fill: (inner: number) => void): void {
    const aside = this.#scopes.splice(level + 1)
    const scope: Scope = { lines: [], known: new Map(), branch }
    this.#scopes.push(scope)
    fill(level + 1)
    this.#scopes.pop()
    this.line(level, `${head} {\n${scope.lines.join("\n")}\n}`)
    this.#scopes.push(...aside)
  }
}

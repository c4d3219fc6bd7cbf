/**
 * What a merge method is: one value that says what the method must see, and gives its arithmetic as formulas of one element (`src/checkpoint/kernel/
 * element.ts`), which kernels compute. The same formulas run on models in a graph (`merge-tensors.ts`) and on checkpoints larger than
 * memory. Keeps SPEC M1 to M5.
 *
 * A merge of a tensor is a measuring (none, or a few passes over its blocks that give some numbers: of the models, then of the sums over
 * them) and then one pass that writes. The writing pass has one of three forms:
 *
 * - `linear`: the merged tensor is one combination of the models and the base, whose coefficients follow from params and
 *   measured numbers. Most methods are: averages and soups, task arithmetic, SLERP, Karcher mean, model stock, LiNeS.
 *   A coefficient of 0 means that the model is not read.
 * - `sums`: each model gives a few numbers an element, which do not depend on the other models; they are added up over the
 *   models, and `finish` makes the merged element of the sums. TIES, DARE, DELLA, Fisher. The sums are the method's
 *   sufficient statistic: with them kept, a changed coefficient or model costs one model (`sum-tree.ts`).
 * - `joint`: everything else; all models at once.
 *
 * Inputs are f32 numbers (exact for every 16-bit and 8-bit format), arithmetic is in f64, results are f64: whoever stores them
 * rounds once.
 */
import type { Element, Json, Params, ParamValues, Shape } from "#src"
import type { Measuring } from "./measuring.ts"

/** A tensor of the merged model. */
export interface Place {
  readonly name: string
  readonly shape: Shape
  /** Which of the model's numbered layers it is in, from 0; undefined outside them (embeddings, final norm, head). */
  readonly layer: number | undefined
  /** How many numbered layers the model has. */
  readonly layers: number
}

/** A model without its numbers. `id` tells models apart and does not depend on the order they come in: a content hash. */
export interface Entry<M> {
  readonly id: string
  readonly params: M
}

/** What is known of a tensor before its numbers are read. Params may differ from tensor to tensor. */
export interface Site<P, M, E extends Entry<M> = Entry<M>> {
  readonly tensor: Place
  readonly params: P
  /** Without the base; in canonical order (`sum-tree.ts`) for a symmetric method, else as listed. */
  readonly models: readonly E[]
  readonly based: boolean
}

/** `merged = (base * base + scale * sum_i models[i] * model_i) / divisor + offset`; a model with coefficient 0 is not read, at scale 0 none. */
export interface Combination {
  readonly base: number
  readonly models: readonly number[]
  /** 1 if absent. What moves all models alike belongs here: sums that are kept stand when it moves. */
  readonly scale?: number
  readonly divisor: number
  /** 0 if absent. */
  readonly offset?: number
}

// Methods, not properties: their parameters are compared loosely, so any method fits `Method`.
export interface Linear<P, M, A, J> {
  readonly form: "linear"
  /** `judged` is undefined while sums are taken: `models` must not depend on it. */
  combination(site: Site<P, M>, measured: A, judged: J | undefined): Combination
}

/** The parts that a method's formulas are made of. What no formula asks for is not read. */
export interface Leaves {
  /** Of model `i`. */
  value(i: number): Element
  /** Of what is beside model `i`. */
  companion(i: number, name: string): Element
  /** Undefined where there is none. */
  readonly base: Element | undefined
  /**
   * Word of the stream `label` of this merge and tensor at the place of the element, 0 to 2^32 - 1: an element is kept with chance p where it is
   * below p 2^32. Nothing but the place decides. SPEC M2.
   */
  word(label: string): Element
  /**
   * What no formula of one element can know: `make` gets the values of `of` for whole rows (whole tensors, where the method sees those) and
   * writes one number an element. For methods that see rows or tensors.
   */
  made(of: readonly Element[], make: (values: readonly Float64Array[], out: Float64Array) => void): Element
  /** Sums of what each model gives, in the order of the tree; of models that give nothing, nothing. */
  total(term: (i: number) => readonly Element[] | undefined): readonly Element[] | undefined
}

export interface Sums<P, M, A, J> {
  readonly form: "sums"
  /** How many numbers an element are added up. */
  readonly sums: number
  /** What model `i` gives, which must not depend on the other models. */
  term(site: Site<P, M>, measured: A, of: Leaves, i: number): readonly Element[]
  /** The merged element of the sums over all models. */
  finish(site: Site<P, M>, measured: A, of: Leaves, sums: readonly Element[], judged: J): Element
}

export interface Joint<P, M, A> {
  readonly form: "joint"
  merged(site: Site<P, M>, measured: A, of: Leaves): Element
}

/** What a measuring ranges over. */
export type Span = "tensor" | "model"

/** What `measure` gives is then a list, in which a model's entry does not depend on the other models. */
export interface Apart<P, M, A> {
  /** Whether so many models are measured so. */
  when(params: P, models: number): boolean
  /** The same of some of them. */
  measure(site: Site<P, M>): Measuring<A>
}

/**
 * Which params a merge looks at where: while what was measured, or summed up, is kept, the others may move. Of params of the merge, and of each
 * model's.
 */
export interface Looks {
  /** While it measures the models. */
  readonly measuring?: { readonly params: readonly string[]; readonly each: readonly string[] }
  /** When the sums are there, and not before. */
  readonly finishing?: readonly string[]
}

export interface Method<P extends Params = Params, M extends Params = Params, A = unknown, J = unknown> {
  /** As mergekit or the authors call it: `ties`, `dare_linear`. */
  readonly name: string
  readonly title: string
  readonly reference: string
  /** Of the merge as a whole, with the authors' defaults; `compat` where a tool is known to do otherwise. */
  readonly params: P
  /** Of each model. */
  readonly each: M
  readonly base: "none" | "optional" | "required"
  /** Number of models beside the base. */
  readonly models: { readonly least: number; readonly most: number }
  /** What a block must hold whole: any run of elements, rows (of the last axis), or the tensor. */
  readonly sees: "element" | "row" | "tensor"
  /** The order of the models does not matter: they are given in canonical order. */
  readonly symmetric: boolean
  /** It draws random numbers. */
  readonly seeded?: boolean
  /** Names of tensors beside each model that it needs: `fisher`. */
  readonly companions?: readonly string[]
  /** How often the inputs are read at most, the writing pass included. */
  passes(params: ParamValues<P>, models: number): number
  /** What the measuring ranges over: `tensor` if absent. */
  span?(params: ParamValues<P>): Span
  /** Absent: nothing is measured, and `measured` is undefined. Over a whole model `site` is that of its first tensor. */
  measure?(site: Site<ParamValues<P>, ParamValues<M>>): Measuring<A>
  /** How models are measured one by one. Absent: they are not. */
  readonly apart?: Apart<ParamValues<P>, ParamValues<M>, A>
  /** What must be known of the sums over the models (of form `linear`: one). Over tensors only. Absent: nothing, and `judged` is undefined. */
  judge?(site: Site<ParamValues<P>, ParamValues<M>>, measured: A, sums: (of: Leaves) => readonly Element[]): Measuring<J>
  readonly looks?: Looks
  readonly how: Linear<ParamValues<P>, ParamValues<M>, A, J> | Sums<ParamValues<P>, ParamValues<M>, A, J> | Joint<ParamValues<P>, ParamValues<M>, A>
}

/** What a method is called elsewhere, with what other params it is meant there. */
export interface Known {
  readonly params?: { readonly [param: string]: Json }
  readonly each?: { readonly [param: string]: Json }
}

/** Makes a method; the types of params and of what is measured are found from its parts. */
export const defineMethod = <const P extends Params, const M extends Params, A = undefined, J = undefined>(method: Method<P, M, A, J>): Method<P, M, A, J> => Object.freeze(method)

/** How many sums a method of form `linear` or `sums` has. */
export const sumCount = ({ how }: Method): number => (how.form === "sums" ? how.sums : 1)

/** What measuring looks at: all, unless the method says otherwise. */
export const measuringLooks = ({ looks, params, each }: Method): NonNullable<Looks["measuring"]> => looks?.measuring ?? { params: Object.keys(params), each: Object.keys(each) }

/** A merge as mergekit's YAML says it (https://github.com/arcee-ai/mergekit/blob/main/docs/config.md), read and checked. */

export type Value = number | string | boolean

/** A setting: one value, a gradient over the layers of a slice, or the first of some settings whose filter the tensor's name has. */
export type Setting =
  | { readonly _tag: "value"; readonly value: Value }
  | { readonly _tag: "gradient"; readonly values: readonly Value[] }
  | { readonly _tag: "filtered"; readonly cases: readonly { readonly filter: string | undefined; readonly setting: Setting }[] }

export type Settings = { readonly [param: string]: Setting }

export interface ModelUse {
  /** Path or name of the model, as it is written. */
  readonly model: string
  readonly settings: Settings
  /** Checkpoints of tensors that the method wants beside the model's, by its name for them: `{fisher: path}`. mergekit has none. */
  readonly companions: { readonly [name: string]: string }
  /** Path in the YAML document, for messages. */
  readonly at: readonly (string | number)[]
}

export interface SliceSource extends ModelUse {
  /** [first, behind the last]; absent: all layers. */
  readonly layers: readonly [number, number] | undefined
}

export interface Slice {
  readonly sources: readonly SliceSource[]
  readonly base: string | undefined
  readonly settings: Settings
  readonly at: readonly (string | number)[]
}

/** Whose embedding of a token is taken. */
export type TokenSource = { readonly _tag: "zero" } | { readonly _tag: "model"; readonly model: string; readonly token?: string; readonly id?: number }

export interface TokenizerChoice {
  /** `union`, `base`, or a model. */
  readonly source: string
  /** Where that is said. */
  readonly at: Path
  readonly tokens: { readonly [token: string]: { readonly source: TokenSource | undefined; readonly force: boolean } }
  readonly padTo: number | undefined
}

export interface MergekitConfig {
  /** Name of a stage, in a file of several. */
  readonly name: string | undefined
  readonly method: string
  readonly base: string | undefined
  /** What the output's layers are made of. Whole models are one slice without layers. */
  readonly slices: readonly Slice[]
  /** Slices of a part of a model, by the beginning of its tensors' names. */
  readonly modules: { readonly [prefix: string]: { readonly slices: readonly Slice[]; readonly settings: Settings } }
  readonly settings: Settings
  readonly dtype: string | undefined
  readonly outDtype: string | undefined
  /** In which merged elements are calculated; mergekit has no such key. */
  readonly arithmetic: "f32" | "f64"
  readonly tokenizer: TokenizerChoice | undefined
  readonly chatTemplate: string | undefined
  /** Places of keys that no merge has and that are not near one it has, but for those that hold an anchor: they change nothing. */
  readonly passedOver: readonly Path[]
}

/** What is wrong in the file: where, what was expected, what came. */
export interface ConfigIssue {
  readonly _tag: "ConfigIssue"
  readonly file: string
  readonly line: number
  readonly column: number
  /** `slices[0].sources[1].layer_range`. */
  readonly at: string
  readonly expected: string
  readonly got: string
}

export const describeConfigIssue = ({ file, line, column, at, expected, got }: ConfigIssue): string =>
  `${file}:${line}:${column}: ${at === "" ? "" : `${at}: `}expected ${expected}, got ${got}`

export type Path = readonly (string | number)[]

export const showPath = (path: Path): string => path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`)).join("")

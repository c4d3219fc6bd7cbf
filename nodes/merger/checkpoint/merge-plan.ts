/**
 * A merge of checkpoints, planned from headers: what every tensor of the result is made of, down to the files its bytes come from.
 * Plain data, the same in every thread. SPEC F6.
 */
import type { Hash, Json, ModelFiles, ShardLayout, StoredDtype, TensorPlace } from "#src"

/** Which rows of a stored tensor are the rows of the one that is merged: an embedding in another vocabulary. */
export interface RowMap {
  /** For each row, one of the stored ones, or -1. */
  readonly rows: Int32Array
  /** Rows that the model has not: each the mean of rows of other tensors; without any, zeros. */
  readonly fills: ReadonlyMap<number, readonly { readonly model: number; readonly place: TensorPlace; readonly row: number }[]>
}

export interface Source {
  /** Place in `MergePlan.inputs`. */
  readonly model: number
  readonly place: TensorPlace
  readonly rows?: RowMap
  /** Rounded to this format before anything is calculated. */
  readonly cast?: "F32" | "F16" | "BF16"
}

type Values = { readonly [param: string]: Json }

export interface PlannedModel {
  /** Fingerprint: does not depend on where the model lies or when it was copied. */
  readonly id: string
  readonly source: Source
  readonly params: Values
  /** Tensors beside the model that the method asks for, by its names for them. */
  readonly companions: { readonly [name: string]: Source }
  /** What was measured of it alone for an earlier merge. */
  readonly found?: FoundBefore
}

interface FoundBefore {
  readonly value: unknown
}

export interface Copy {
  readonly _tag: "copy"
  readonly from: Source
  /** The same tensor of other models, which is not taken. */
  readonly passedOver: readonly Source[]
}

export interface Blend {
  readonly _tag: "blend"
  /** Name of the method. */
  readonly method: string
  /** Merged elements are calculated in f32; absent: in f64. What is measured is so always. */
  readonly arithmetic?: "f32"
  readonly params: Values
  readonly base: Source | undefined
  readonly models: readonly PlannedModel[]
  /** What was measured of all models together for an earlier merge. */
  readonly found?: FoundBefore
}

export interface PlannedTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** As it will be stored. */
  readonly dtype: StoredDtype
  /** Of one that is quantised (I8): where the scales of its rows lie, in `MergePlan.layout.places`. */
  readonly scales?: number
  readonly layer: number | undefined
  readonly layers: number
  readonly work: Copy | Blend
}

/** What became of vocabularies. */
export interface VocabularySummary {
  readonly tokens: number
  /** Of the merged embedding. */
  readonly rows: number
  /** Rows that are the model's own, rows that others fill, rows of zeros; and its tokens that the result has not. */
  readonly models: readonly { readonly model: string; readonly own: number; readonly filled: number; readonly zeros: number; readonly lost: number }[]
}

export interface MergePlan {
  readonly inputs: readonly ModelFiles[]
  /** Of each input, as it was when the merge was planned. */
  readonly fingerprints: readonly Hash[]
  readonly tensors: readonly PlannedTensor[]
  /** Places of the tensors, then of scales. */
  readonly layout: ShardLayout
  /** Of everything random. */
  readonly seed: string
  /** Files beside the weights: their text, or the file they are a copy of. */
  readonly beside: { readonly [name: string]: { readonly text: string } | { readonly copyOf: string } }
  /** Where the configuration chooses a tokenizer. */
  readonly vocabulary?: VocabularySummary
}

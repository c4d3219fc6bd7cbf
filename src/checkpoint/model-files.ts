/**
 * A checkpoint as its headers describe it: where every tensor's bytes lie, and the files beside the weights. No weight has been
 * read for it. All layouts of files (`safetensors-folder.ts`, `tfjs.ts`, `onnx-initialisers.ts`) become this one.
 */
import type { StoredDtype } from "../base/safetensors-header.ts"

/** Where a tensor's bytes lie. Elements are little-endian and row-major. */
export interface TensorPlace {
  readonly name: string
  readonly dtype: StoredDtype
  readonly shape: readonly number[]
  /** Place in `ModelFiles.files`. */
  readonly file: number
  /** Bytes [start, start + bytes) of that file. */
  readonly start: number
  readonly bytes: number
  /** The values are `scale * element + min` (tfjs stores so what it quantised). */
  readonly affine?: { readonly scale: number; readonly min: number }
  /** The values are `scale * element / divisor`, one scale for all or one for each run of the first axis (`scales.ts`). */
  readonly scales?: { readonly place: TensorPlace; readonly divisor: number }
  /** An adapter that is added to what is stored. */
  readonly lowRank?: LowRank
}

/** `scale * up down`, or its transpose: `up` [out, rank], `down` [rank, in]. */
export interface LowRank {
  readonly down: TensorPlace
  readonly up: TensorPlace
  readonly scale: number
  /** The tensor it is added to is [in, out]. */
  readonly transposed: boolean
}

/** A file with weights, and what tells that it is the same one as before. */
export interface WeightFile {
  /** Absolute. */
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
  readonly inode: number
}

export interface ModelFiles {
  /** As it was given. */
  readonly path: string
  /** Where the files beside the weights are (`config.json`, `tokenizer.json`). */
  readonly folder: string
  readonly layout: "safetensors" | "tfjs" | "onnx"
  readonly files: readonly WeightFile[]
  /** By name, in the order of files and bytes. */
  readonly tensors: ReadonlyMap<string, TensorPlace>
  /** `config.json`, or an empty object where there is none. */
  readonly config: { readonly [key: string]: unknown }
}

/** Bytes of all tensors. */
export const weightBytes = ({ tensors }: ModelFiles): number => [...tensors.values()].reduce((sum, { bytes }) => sum + bytes, 0)

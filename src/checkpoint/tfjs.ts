/**
 * Weights of TensorFlow.js: a manifest (`model.json` or `*weights_manifest.json`) with groups of tensors, whose bytes lie back to back
 * in the group's files, across their ends. What was quantised to 8 or 16 bits has a scale and a minimum. SPEC F1.
 */
import * as E from "fp-ts/lib/Either.js"
import { dirname, join } from "node:path"
import { messageOf } from "../base/message.ts"
import { storedBytes, type StoredDtype } from "../base/safetensors-header.ts"
import type { TensorPlace, WeightFile } from "./model-files.ts"
import { refuse, type Checked } from "./fault.ts"
import { readText, withFile } from "./read-file.ts"
import type { Weights } from "./safetensors-folder.ts"

export const isManifest = (name: string): boolean => name === "model.json" || /weights_manifest\.json$/.test(name)

const dtypes: { readonly [name: string]: StoredDtype } = { float32: "F32", int32: "I32", bool: "BOOL", uint8: "U8" }
const quantised: { readonly [name: string]: StoredDtype } = { uint8: "U8", uint16: "U16", float16: "F16" }

interface Stored {
  readonly dtype: StoredDtype
  readonly affine?: { readonly scale: number; readonly min: number }
}

/** Reads a manifest and looks at the sizes of the files it names. */
export const readTfjs = (path: string): Checked<Weights> => {
  const content = readText(path)
  if (E.isLeft(content)) return content
  let groups: unknown
  try {
    const parsed = JSON.parse(content.right) as unknown
    groups = Array.isArray(parsed) ? parsed : (parsed as { weightsManifest?: unknown } | null)?.weightsManifest
  } catch (error) {
    return refuse(path, "JSON", messageOf(error))
  }
  if (!Array.isArray(groups)) return refuse(path, "weightsManifest, a list of groups", shown(groups))
  const files: WeightFile[] = []
  const tensors = new Map<string, TensorPlace>()
  for (const group of groups as readonly unknown[]) {
    const fault = addGroup(path, group, files, tensors)
    if (E.isLeft(fault)) return fault
  }
  return E.right({ files, tensors })
}

const addGroup = (path: string, group: unknown, files: WeightFile[], tensors: Map<string, TensorPlace>): Checked<undefined> => {
  const { paths, weights } = (group ?? {}) as { paths?: unknown; weights?: unknown }
  if (!Array.isArray(paths) || !paths.every(isPlainName)) return refuse(path, "paths of files in the same folder", shown(paths))
  if (!Array.isArray(weights)) return refuse(path, "weights, a list", shown(weights))
  const first = files.length
  for (const name of paths) {
    const file = withFile(join(dirname(path), name), (_, found) => E.right(found))
    if (E.isLeft(file)) return file
    files.push(file.right)
  }
  const group0 = files.slice(first)
  const size = group0.reduce((sum, { bytes }) => sum + bytes, 0)
  let at = 0
  for (const member of weights as readonly unknown[]) {
    const tensor = readTensor(path, member)
    if (E.isLeft(tensor)) return tensor
    const { name, shape, dtype } = tensor.right
    const bytes = shape.reduce((n, extent) => n * extent, 1) * storedBytes[dtype]
    if (!Number.isSafeInteger(bytes) || at + bytes > size) return refuse(path, `${at + bytes} bytes in the files of its group`, `${size}`, name)
    if (tensors.has(name)) return refuse(path, "every name once", "one that is there twice", name)
    tensors.set(name, { ...tensor.right, bytes, ...placeIn(group0, first, at) })
    at += bytes
  }
  return at === size ? E.right(undefined) : refuse(path, `files of ${at} bytes for the tensors of a group`, `${size}`)
}

/** Byte `at` of files that are read as one. */
const placeIn = (group: readonly WeightFile[], first: number, at: number): { readonly file: number; readonly start: number } => {
  let start = at
  let place = 0
  for (; place + 1 < group.length && start >= (group[place]?.bytes ?? 0); place++) start -= group[place]?.bytes ?? 0
  return { file: first + place, start }
}

const readTensor = (path: string, member: unknown): Checked<Stored & { readonly name: string; readonly shape: readonly number[] }> => {
  const { name, shape, dtype, quantization } = (member ?? {}) as { name?: unknown; shape?: unknown; dtype?: unknown; quantization?: unknown }
  if (typeof name !== "string") return refuse(path, "a name for every tensor", shown(name))
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)) return refuse(path, "a shape of whole numbers from 0", shown(shape), name)
  const stored = quantization === undefined ? plainDtype(dtype) : quantisedDtype(quantization)
  return typeof stored === "string" ? refuse(path, stored, shown(quantization ?? dtype), name) : E.right({ name, shape, ...stored })
}

const plainDtype = (dtype: unknown): Stored | string => {
  const known = Object.hasOwn(dtypes, String(dtype)) ? dtypes[String(dtype)] : undefined
  return known === undefined ? `a dtype of ${Object.keys(dtypes).join(", ")}` : { dtype: known }
}

const quantisedDtype = (quantization: unknown): Stored | string => {
  const { dtype, scale, min } = (quantization ?? {}) as { dtype?: unknown; scale?: unknown; min?: unknown }
  const known = Object.hasOwn(quantised, String(dtype)) ? quantised[String(dtype)] : undefined
  if (known === undefined) return `quantization to ${Object.keys(quantised).join(", ")}`
  if (known === "F16") return { dtype: known }
  return Number.isFinite(scale) && Number.isFinite(min) ? { dtype: known, affine: { scale: scale as number, min: min as number } } : "quantization with a finite scale and min"
}

const isPlainName = (name: unknown): name is string => typeof name === "string" && name !== "" && !/^\.\.?$|[/\\\0]/.test(name)

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? "nothing"

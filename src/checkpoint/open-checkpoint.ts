/**
 * Opens a checkpoint by reading headers: a folder of the Hugging Face layout (sharded or not), a `.safetensors` file, a tfjs manifest
 * (`model.json` or `*-weights_manifest.json`), an `.onnx` file. Milliseconds, whatever the size. SPEC F1.
 */
import * as E from "fp-ts/lib/Either.js"
import { readdirSync, statSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import type { ModelFiles } from "./model-files.ts"
import { refuse, type Checked } from "./fault.ts"
import { readOnnx } from "./onnx-initialisers.ts"
import { readObject, reasonOf } from "./read-file.ts"
import { withScales } from "./scales.ts"
import { indexName, readSharded, readWeights, type Weights } from "./safetensors-folder.ts"
import { isManifest, readTfjs } from "./tfjs.ts"

/** `path` is a folder or a file, from the current folder. */
export const openCheckpoint = (path: string): Checked<ModelFiles> => {
  const full = resolve(path)
  let names: readonly string[] | undefined
  try {
    names = statSync(full).isDirectory() ? readdirSync(full) : undefined
  } catch (error) {
    return refuse(path, "a folder or file with weights", reasonOf(error))
  }
  return names === undefined ? openFile(path, full) : openFolder(path, full, names)
}

const openFile = (path: string, full: string): Checked<ModelFiles> => {
  const name = basename(full)
  const folder = dirname(full)
  if (name === indexName) return withConfig({ path, folder, layout: "safetensors" }, readSharded(folder))
  if (name.endsWith(".safetensors")) return withConfig({ path, folder, layout: "safetensors" }, readWeights([full]))
  if (name.endsWith(".onnx")) return withConfig({ path, folder, layout: "onnx" }, readOnnx(full))
  if (isManifest(name)) return withConfig({ path, folder, layout: "tfjs" }, readTfjs(full))
  return refuse(path, "a .safetensors, .onnx or tfjs .json file", name)
}

const openFolder = (path: string, folder: string, names: readonly string[]): Checked<ModelFiles> => {
  if (names.includes(indexName)) return withConfig({ path, folder, layout: "safetensors" }, readSharded(folder))
  for (const [ending, what] of [[".safetensors", "safetensors"], [".onnx", "onnx"]] as const) {
    const all = names.filter((name) => name.endsWith(ending))
    // Others beside it are in other forms: who reads such folders takes this one.
    const found = all.includes(`model${ending}`) ? [`model${ending}`] : all
    if (found.length === 1) return withConfig({ path, folder, layout: what }, what === "onnx" ? readOnnx(join(folder, found[0] as string)) : readWeights([join(folder, found[0] as string)]))
    if (found.length > 1) return refuse(path, `${what === "onnx" ? "" : `${indexName} or `}model${ending} among several ${ending} files`, found.slice(0, 3).join(", "))
  }
  const manifest = names.filter(isManifest)
  if (manifest.length === 1) return withConfig({ path, folder, layout: "tfjs" }, readTfjs(join(folder, manifest[0] as string)))
  return refuse(path, "a folder with .safetensors files, an .onnx file or a tfjs manifest", manifest.length > 1 ? manifest.slice(0, 3).join(", ") : `${names.length} other files`)
}

const withConfig = (about: Pick<ModelFiles, "path" | "folder" | "layout">, read: Checked<Weights>): Checked<ModelFiles> => {
  const weights = E.chain(withScales)(read)
  if (E.isLeft(weights)) return weights
  const file = join(about.folder, "config.json")
  const config = statSync(file, { throwIfNoEntry: false }) === undefined ? E.right({}) : readObject(file)
  return E.isLeft(config) ? config : E.right({ ...about, ...weights.right, config: config.right })
}

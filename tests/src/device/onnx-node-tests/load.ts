/** ONNX's own node tests, read from the data set `onnx-node-tests`: models with inputs and published outputs, translated. */
import * as E from "fp-ts/lib/Either.js"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import type { NdArray, Tensors } from "../../../../src/base/ndarray.ts"
import type { Expr, Exprs } from "../../../../src/tensor/expr.ts"
import { input } from "../../../../src/tensor/source.ts"
import { fetchData } from "../../../../tools/data/fetch.ts"
import { arrayOf, type FileModel, readModel, readTensor } from "./model-file.ts"
import { reasonOf, translate } from "./translate.ts"

/** A node test that is one of our programs. */
export interface NodeTest {
  readonly name: string
  /** Its operator; `several` for a model of more than one node. */
  readonly operator: string
  /** Arguments, under `<name>/<input>`. */
  readonly inputs: Tensors
  readonly outputs: readonly Expr[]
  readonly published: readonly NdArray[]
}

export interface NodeTests {
  readonly shared: readonly NodeTest[]
  /** What Cambium does not have, and the tests that would need it. */
  readonly others: ReadonlyMap<string, readonly string[]>
}

/** The folder with the tests, fetched if it can be, or why it cannot. */
export const nodeTestFolder = async (): Promise<E.Either<string, string>> => {
  const fetched = await fetchData("onnx-node-tests", { dir: resolve(".cambium/data"), onProgress: () => undefined, signal: AbortSignal.timeout(100_000) }).catch(
    (error: unknown) => E.left({ message: String(error) }),
  )
  return E.isLeft(fetched) ? E.left(fetched.left.message) : E.right(join(fetched.right.folder, "node"))
}

const tensorsOf = (folder: string, kind: "input" | "output"): readonly NdArray[] => {
  const found: NdArray[] = []
  for (let i = 0; existsSync(join(folder, `${kind}_${i}.pb`)); i++) found.push(arrayOf(readTensor(readFileSync(join(folder, `${kind}_${i}.pb`)))))
  return found
}

const load = (folder: string, name: string, model: FileModel): NodeTest => {
  const data = join(folder, name, "test_data_set_0")
  const arrays = tensorsOf(data, "input")
  const named = model.graph.input.slice(0, arrays.length).map((each, i) => [each.name, arrays[i]!] as const)
  const inputs: Tensors = Object.fromEntries(named.map(([each, array]) => [`${name}/${each}`, array]))
  const exprs: Exprs = Object.fromEntries(named.map(([each, array]) => [each, input(`${name}/${each}`, array.shape, array.dtype)]))
  const [node, ...more] = model.graph.node
  const operator = more.length === 0 && node !== undefined ? node.opType : "several"
  return { name, operator, inputs, outputs: translate(model, exprs, inputs), published: tensorsOf(data, "output") }
}

export const loadNodeTests = (folder: string): NodeTests => {
  const shared: NodeTest[] = []
  const others = new Map<string, string[]>()
  for (const name of readdirSync(folder).sort()) {
    try {
      shared.push(load(folder, name, readModel(readFileSync(join(folder, name, "model.onnx")))))
    } catch (error) {
      const reason = reasonOf(error)
      others.set(reason, [...(others.get(reason) ?? []), name])
    }
  }
  return { shared, others }
}

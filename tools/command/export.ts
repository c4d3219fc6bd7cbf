/** `cambium export FILE NODE.PORT --onnx OUT`: a trained model as an ONNX file, and its tokenizer beside it. SPEC D11. */
import * as E from "fp-ts/lib/Either.js"
import { statSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"
import { messageOf } from "../../src/base/message.ts"
import { systemClock } from "../../src/base/clock.ts"
import { sizeOf } from "../../src/base/ndarray.ts"
import type { Engine } from "../../src/engine/engine.ts"
import type { Graph, Ref } from "../../src/graph/graph.ts"
import { openStore } from "../../src/store/open-store.ts"
import { describeStoreError } from "../../src/store/store-error.ts"
import type { Store } from "../../src/store/store.ts"
import { replaceFile } from "../replace-file.ts"
import { chooseFor } from "./device-choice.ts"
import { exitCode } from "./exit-code.ts"
import { exportTarget, type ExportTarget } from "./export-target.ts"
import { loadGraph } from "./load-graph-file.ts"
import { openEngine } from "./open-engine.ts"
import { openSurface } from "./open-surface.ts"
import { paintFor } from "./paint.ts"
import { textOption } from "./parse-command.ts"
import { readOutput } from "./save-outputs.ts"
import { readRunLine, type RunOptions } from "./run-options.ts"
import { tellProblem } from "./tell-problem.ts"
import { version } from "./version.ts"

/** The tensors of a file may be no more: a protobuf message ends at 2 GiB. */
const mostBytes = 2 ** 31 - 2 ** 20

export const exportCommand = async (args: readonly string[]): Promise<number> => {
  const wrong = (message: string): number => (console.error(message), exitCode.wrongInput)
  const read = readRunLine("export", args)
  if (E.isLeft(read)) return wrong(read.left)
  const { line, options } = read.right
  const out = textOption(line, "onnx")
  if (out === undefined) return wrong("cambium export: expects --onnx FILE, the file to write")
  if (statSync(dirname(resolve(out)), { throwIfNoEntry: false })?.isDirectory() !== true) return wrong(`--onnx ${out}: there is no folder ${dirname(resolve(out))}`)
  const graph = await loadGraph(options.file, options)
  if (E.isLeft(graph)) return tellProblem(graph.left, options.debug), exitCode.wrongInput
  const target = exportTarget(line.operands[1] ?? "", graph.right)
  if (E.isLeft(target)) return wrong(`cambium export: ${target.left}`)
  const store = await openStore(options.store, { clock: systemClock })
  if (E.isLeft(store)) return console.error(describeStoreError(store.left)), exitCode.failed
  try {
    return await exportFrom(graph.right, target.right, { options, out, store: store.right })
  } finally {
    await store.right.close()
  }
}

interface Setting {
  readonly options: RunOptions
  /** As it was given. */
  readonly out: string
  readonly store: Store
}

const exportFrom = async (graph: Graph, target: ExportTarget, { options, out, store }: Setting): Promise<number> => {
  const device = await chooseFor(options.device, store.notes)
  if (E.isLeft(device)) return console.error(device.left), exitCode.wrongInput
  const surface = openSurface(graph, false, paintFor(process.stderr))
  const wanted = [target.model, target.substrate, ...(target.tokenizer === undefined ? [] : [target.tokenizer])]
  const isWanted = ({ node, port }: Ref): boolean => wanted.some((one) => one.node === node && one.port === port)
  const engine = openEngine({ file: options.file, graph: () => graph, store, device: device.right, seed: options.seed, jobs: options.jobs, isWanted })
  engine.events$.subscribe((event) => surface.show(event))
  try {
    engine.commit(graph)
    const { failed, blocked } = await engine.settle([...new Set(wanted.map(({ node }) => node))])
    surface.close()
    if (failed + blocked > 0) return console.error(`${out}: not written, because ${target.model.node} has no result`), exitCode.failed
    for (const told of await write(graph, target, engine, { out, store })) console.log(told)
    return exitCode.done
  } catch (error) {
    surface.close()
    return console.error(`${out}: not written: ${messageOf(error)}`), exitCode.failed
  } finally {
    await engine.close()
  }
}

/** Writes the files and says what is in them, a line each. */
const write = async (graph: Graph, { model: at, substrate, tokenizer }: ExportTarget, engine: Engine, { out, store }: Pick<Setting, "out" | "store">): Promise<readonly string[]> => {
  const bytesAt = async ({ node, port }: Ref): Promise<Uint8Array> => {
    const bytes = await readOutput(engine.outcome(node), port, store)
    if (E.isLeft(bytes)) throw new Error(`the result of ${node} is missing or damaged; run once more`)
    return bytes.right
  }
  // Loaded now, so that a wrong command line is told at once.
  const [{ exportProgram }, { fileProgram }, ports] = await Promise.all([
    import("../../src/device/onnx/export.ts"),
    import("../../nodes/model/file-program.ts"),
    Promise.all([import("../../nodes/port/model.ts"), import("../../nodes/port/substrate.ts")]),
  ])
  const [model, matrix] = [ports[0].model.decode(await bytesAt(at)), ports[1].substrate.decode(await bytesAt(substrate))]
  if (E.isLeft(model)) throw new Error(model.left)
  if (E.isLeft(matrix)) throw new Error(matrix.left)
  const { program, constants } = fileProgram(model.right, matrix.right, 1)
  const weights = Object.values(constants).reduce((n, { shape }) => n + sizeOf(shape), 0)
  if (4 * weights > mostBytes) throw new Error(`${weights} weights do not fit into one ONNX file of 2 GiB`)
  const { context, vocabulary, blocks } = model.right.meta
  const name = `${at.node}.${at.port}`
  const bytes = exportProgram(program, {
    constants,
    version: version(),
    description: `${name} of ${graph.name}: logits of the next token, [1, ${context}, ${vocabulary}], from token ids [1, ${context}]; ${blocks} blocks.`,
    metadata: { graph: graph.name, output: name, context: String(context), vocabulary: String(vocabulary) },
  })
  await replaceFile(resolve(out), bytes)
  const told = [`${relative("", resolve(out))}: ${name}, ${weights.toLocaleString("en")} weights, input_ids int64 [1, ${context}] -> logits float32 [1, ${context}, ${vocabulary}]`]
  if (tokenizer === undefined) return told
  const beside = `${out.replace(/\.onnx$/, "")}.tokenizer.json`
  await replaceFile(resolve(beside), await bytesAt(tokenizer))
  return [...told, `${relative("", resolve(beside))}: its tokenizer`]
}

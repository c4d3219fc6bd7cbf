/**
 * Spoken sentences in noise: prompts of a telephone exchange (`npx cambium data asterisk-prompts`, 8 kHz, three voices in three languages), each at a place
 * of its own in a recording of white noise. A piece counts as speech where the prompt itself, before the noise, is within 35 dB of its loudest
 * piece: pauses inside a sentence are none.
 */
import { existsSync, readdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { defineKind, integer, ndarray, NodeFailure, real, text, words } from "#src"
import { recordings } from "../port/recordings.ts"
import { orFail } from "./problem.ts"
import { readWave } from "./wave.ts"

const rate = 8000
/** Of a detector at this rate: 32 ms. */
const samples = 256
const quietest = 10 ** (-35 / 20)

export const speechInNoise = defineKind({
  id: "dataset/speech-in-noise",
  module: import.meta.url,
  title: "Speech in noise",
  params: {
    folder: text({ default: ".cambium/data/asterisk-prompts", doc: "Folder with a folder of WAVE files for each voice" }),
    voices: words({ default: ["en", "it", "ru"], doc: "Which voices; their prompts alternate" }),
    from: integer({ min: 0, max: 1e6, default: 0, doc: "The first recording: prompts count from there, in the order of their names" }),
    recordings: integer({ min: 1, max: 1e5, default: 60, doc: "How many" }),
    seconds: real({ min: 1, max: 60, default: 6, step: 0.5, doc: "Length of a recording. Prompts that last from a sixth to two thirds of it are taken" }),
    noise: real({ min: -60, max: 60, default: -10, step: 1, doc: "Power of the noise, in dB of that of the speech" }),
  },
  inputs: {},
  outputs: { recordings },
  seeded: true,
  files: ({ folder, voices }) => voices.flatMap((voice) => filesOf(join(resolve(folder), voice))),
  run: async ({}, { folder, voices, from, recordings: count, seconds, noise }, context) => {
    const pieces = Math.ceil((seconds * rate) / samples)
    const length = pieces * samples
    const most = Math.ceil((from + count) / voices.length)
    // One voice after another, so that of several faults it is always the same that is told.
    const found: (readonly Float32Array[])[] = []
    for (const voice of voices) found.push(await promptsOf(join(resolve(folder), voice), length, most))
    const all = Array.from({ length: Math.min(...found.map((of) => of.length)) }, (_, i) => found.map((of) => of[i] as Float32Array)).flat()
    if (from + count > all.length) throw new NodeFailure(`${folder} has ${all.length} prompts of the right length, those from ${from} to ${from + count} are asked for`, { param: "recordings" })
    const [sound, speech] = [new Float32Array(count * length), new Uint8Array(count * pieces)]
    for (let r = 0; r < count; r++) {
      const random = context.random.fork(`${from + r}`)
      const prompt = all[from + r] as Float32Array
      const own = sound.subarray(r * length, (r + 1) * length)
      own.set(prompt, Math.floor(random.uniform(0) * (length - prompt.length)))
      const power = Array.from({ length: pieces }, (_, p) => powerOf(own.subarray(p * samples, (p + 1) * samples)))
      const loudest = Math.max(...power)
      power.forEach((of, p) => (speech[r * pieces + p] = of > 0 && of >= loudest * quietest ** 2 ? 1 : 0))
      const spoken = power.filter((_, p) => speech[r * pieces + p] === 1)
      const deviation = Math.sqrt((spoken.reduce((sum, of) => sum + of, 0) / spoken.length) * 10 ** (noise / 10))
      const drawn = random.fork("noise").normals(length)
      for (let i = 0; i < length; i++) own[i] = Math.min(Math.max(own[i]! + deviation * drawn[i]!, -1), 1)
    }
    return { recordings: { meta: { source: `${voices.join(", ")} in noise`, rate }, tensors: { sound: ndarray("f32", [count, pieces, samples], sound), speech: ndarray("u8", [count, pieces], speech) } } }
  },
})

const powerOf = (sound: Float32Array): number => sound.reduce((sum, x) => sum + x * x, 0) / sound.length

const remedy = "run npx cambium data asterisk-prompts"

const filesOf = (folder: string): readonly string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".wav")).sort().map((name) => join(folder, name)) : []

/** The first prompts of a voice that last from a sixth to two thirds of `length` samples, by name, `most` of them; silence is none. Files behind those are not read. */
const promptsOf = async (folder: string, length: number, most: number): Promise<readonly Float32Array[]> => {
  const files = filesOf(folder)
  if (files.length === 0) throw new NodeFailure(`${folder}: expected a folder with WAVE files, got none; ${remedy}`, { param: "folder" })
  const prompts: Float32Array[] = []
  for (const file of files) {
    if (prompts.length === most) break
    const sound = orFail(await readWave(file, rate, remedy))
    if (sound.length >= length / 6 && sound.length <= (2 * length) / 3 && powerOf(sound) > 0) prompts.push(sound)
  }
  return prompts
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { speechInNoise } from "#nodes"
import { readWave } from "../../../nodes/dataset/wave.ts"
import type { Recordings } from "../../../nodes/port/recordings.ts"
import { runContext } from "./run-context.ts"

const folder = mkdtempSync(join(tmpdir(), "cambium-wave-"))
afterAll(() => rmSync(folder, { recursive: true }))

interface Header {
  readonly coded?: number
  readonly channels?: number
  readonly rate?: number
  readonly bits?: number
  /** A chunk before the sound. */
  readonly before?: readonly number[]
  /** Bytes of sound that the header claims beyond what is there. */
  readonly more?: number
}

const wave = (samples: readonly number[], { coded = 1, channels = 1, rate = 8000, bits = 16, before = [], more = 0 }: Header = {}): Uint8Array => {
  const text = (of: string) => [...of].map((c) => c.charCodeAt(0))
  const word = (n: number, bytes: number) => Array.from({ length: bytes }, (_, i) => (n >> (8 * i)) & 255)
  const format = [...text("fmt "), ...word(16, 4), ...word(coded, 2), ...word(channels, 2), ...word(rate, 4), ...word(rate * 2, 4), ...word(2, 2), ...word(bits, 2)]
  const data = samples.flatMap((x) => word(Math.round(x * 32768), 2))
  const chunks = [...format, ...before, ...text("data"), ...word(data.length + more, 4), ...data]
  return Uint8Array.from([...text("RIFF"), ...word(4 + chunks.length, 4), ...text("WAVE"), ...chunks])
}
const file = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes)
  return join(folder, name)
}

describe("readWave", () => {
  it("reads samples as numbers from -1 to 1, behind whatever chunks", async () => {
    const odd = [0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0]
    expect(await readWave(file("a.wav", wave([0, 0.5, -1], { before: odd })), 8000, "")).toEqual({ _tag: "Right", right: Float32Array.of(0, 0.5, -1) })
  })
  it.each([
    ["text.wav", Uint8Array.from([1, 2, 3]), "a WAVE file", "another header"],
    ["stereo.wav", wave([0], { channels: 2 }), "PCM, channels: 1, 8000 Hz, 16 bits", "PCM, channels: 2, 8000 Hz, 16 bits"],
    ["rate.wav", wave([0], { rate: 16_000 }), "PCM, channels: 1, 8000 Hz, 16 bits", "PCM, channels: 1, 16000 Hz, 16 bits"],
    ["law.wav", wave([0], { coded: 7 }), "PCM, channels: 1, 8000 Hz, 16 bits", "coded, channels: 1, 8000 Hz, 16 bits"],
    ["cut.wav", wave([0, 0], { more: 6 }), "10 bytes of data", "4"],
    ["none.wav", wave([]).slice(0, 36), "sound", "none"],
  ])("refuses %s", async (name, bytes, expected, got) => {
    expect(await readWave(file(name, bytes), 8000, "fetch it")).toMatchObject({ _tag: "Left", left: { file: join(folder, name), expected, got, remedy: "fetch it" } })
  })
  it("refuses what is not there", async () => {
    expect(await readWave(join(folder, "no.wav"), 8000, "fetch it")).toMatchObject({ _tag: "Left", left: { expected: "a readable WAVE file" } })
  })
})

describe("dataset/speech-in-noise", () => {
  const voices = ["x", "y"]
  /** Half a second of a tone whose middle is silent. */
  const tone = (loud: number): readonly number[] => Array.from({ length: 4096 }, (_, i) => (i >= 1536 && i < 2560 ? 0 : loud * Math.sin(i / 3)))
  for (const voice of voices) {
    mkdirSync(join(folder, voice))
    writeFileSync(join(folder, voice, "a.wav"), wave(tone(0.1)))
    writeFileSync(join(folder, voice, "b.wav"), wave(tone(0.5)))
    // Too short, too long, and silent ones are left out.
    writeFileSync(join(folder, voice, "c.wav"), wave(tone(0.5).slice(0, 500)))
    writeFileSync(join(folder, voice, "d.wav"), wave([...tone(0.5), ...tone(0.5)]))
    writeFileSync(join(folder, voice, "e.wav"), wave(tone(0)))
    writeFileSync(join(folder, voice, "notes.txt"), "no sound")
  }
  const params = { folder, voices, from: 0, recordings: 4, seconds: 1, noise: -20 }
  const drawn = async (more: object = {}, seed = "seed"): Promise<Recordings> => ((await speechInNoise.run({}, { ...params, ...more }, runContext(seed))) as unknown as { recordings: Recordings }).recordings
  const of = ({ tensors }: Recordings, name: string) => (tensors[name] as { data: Float32Array | Uint8Array }).data
  const power = (sound: ArrayLike<number>, from: number, to: number) => Array.from({ length: to - from }, (_, i) => (sound[from + i] as number) ** 2).reduce((a, b) => a + b, 0) / (to - from)

  it("says of each piece whether the prompt is heard there, and nothing of its pauses", async () => {
    const found = await drawn()
    expect([found.meta, found.tensors["sound"]?.shape, found.tensors["speech"]?.shape]).toEqual([{ source: "x, y in noise", rate: 8000 }, [4, 32, 256], [4, 32]])
    const speech = of(found, "speech")
    for (let r = 0; r < 4; r++) {
      const own = [...speech.subarray(r * 32, (r + 1) * 32)]
      // 3,072 samples of a tone in two parts: 12 pieces, and one more at each of the four ends where they are cut.
      const heard = own.filter((x) => x === 1).length
      expect(heard).toBeGreaterThanOrEqual(11)
      expect(heard).toBeLessThanOrEqual(14)
      const [first, last] = [own.indexOf(1), own.lastIndexOf(1)]
      expect(own.slice(first, last + 1).filter((x) => x === 0).length).toBeGreaterThanOrEqual(2)
    }
  })
  it("adds noise of the power that is asked for", async () => {
    for (const noise of [-20, 0]) {
      const found = await drawn({ noise })
      const [sound, speech] = [of(found, "sound"), of(found, "speech")]
      const pieces = (spoken: number) => Array.from({ length: 32 * 4 }, (_, p) => p).filter((p) => speech[p] === spoken && Math.floor(p / 32) === 1)
      const mean = (which: readonly number[]) => which.map((p) => power(sound, p * 256, (p + 1) * 256)).reduce((a, b) => a + b, 0) / which.length
      const [loud, quiet] = [mean(pieces(1)), mean(pieces(0))]
      expect(10 * Math.log10(quiet / (loud - quiet))).toBeCloseTo(noise, -1)
    }
  })
  it("is the same by the same seed, and recording i is the same whichever comes before it", async () => {
    expect(await drawn()).toEqual(await drawn())
    expect(await drawn()).not.toEqual(await drawn({}, "other"))
    expect(of(await drawn({ from: 2, recordings: 2 }), "sound")).toEqual(of(await drawn(), "sound").subarray(2 * 32 * 256))
  })
  it("reads of each voice as many files as its recordings need, and no more", async () => {
    const own = join(folder, "some")
    for (const voice of voices) {
      mkdirSync(join(own, voice), { recursive: true })
      for (const name of ["a", "b", "c"]) writeFileSync(join(own, voice, `${name}.wav`), wave(tone(name === "b" ? 0 : 0.5)))
      writeFileSync(join(own, voice, "d.wav"), "no sound")
    }
    // A silent b is none: c is the second prompt of either.
    expect((await drawn({ folder: own, from: 2, recordings: 2 })).tensors["sound"]?.shape).toEqual([2, 32, 256])
    await expect(drawn({ folder: own, from: 2, recordings: 3 })).rejects.toThrow(join(own, "x", "d.wav"))
  })
  it("depends on every file it reads, and refuses more recordings than there are prompts, and folders that are not there", async () => {
    expect(speechInNoise.files?.(params)).toEqual(voices.flatMap((voice) => ["a", "b", "c", "d", "e"].map((name) => join(folder, voice, `${name}.wav`))))
    await expect(drawn({ recordings: 5 })).rejects.toThrow("has 4 prompts of the right length, those from 0 to 5 are asked for")
    await expect(drawn({ voices: ["z"] })).rejects.toThrow(`${join(folder, "z")}: expected a folder with WAVE files, got none; run npx cambium data asterisk-prompts`)
  })
})

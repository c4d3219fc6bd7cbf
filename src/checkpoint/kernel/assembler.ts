/**
 * WebAssembly as bytes: the few instructions that the kernels of this folder use, and a module of one function on an imported
 * memory. An instruction is a list of bytes and of the instructions before it; the lists are put together when the module is, once:
 * copied at every step, they took longer to make than the kernel's first megabytes. https://webassembly.github.io/spec/core/binary
 */
export type Code = readonly (number | Code)[]

/** Unsigned LEB128. */
export const leb = (value: number): readonly number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)])
const sleb = (value: number): readonly number[] => {
  const byte = value & 0x7f
  const rest = value >> 7
  return (rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0) ? [byte] : [byte | 0x80, ...sleb(rest)]
}

const simd = (opcode: number) => {
  const name = [0xfd, ...leb(opcode)]
  return (...operands: readonly Code[]): Code => [operands, name]
}
const bytesOfWords = (words: readonly number[]): Code => [...new Uint8Array(Uint32Array.from(words).buffer)]

export const valueType = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const

export const get = (local: number): Code => [0x20, ...leb(local)]
export const set = (local: number, value: Code): Code => [value, 0x21, ...leb(local)]
const scalar = (opcode: number) => (...operands: readonly Code[]): Code => [operands, opcode]
export const i32 = {
  constant: (value: number): Code => [0x41, ...sleb(value)],
  add: scalar(0x6a), sub: scalar(0x6b), and: scalar(0x71), shl: scalar(0x74), shrU: scalar(0x76), eq: scalar(0x46), ne: scalar(0x47), ltU: scalar(0x49), popcnt: scalar(0x69),
  load: (pointer: Code, offset: number): Code => [pointer, 0x28, 0x02, ...leb(offset)],
  load16: (pointer: Code, offset: number): Code => [pointer, 0x2f, 0x01, ...leb(offset)],
  store: (pointer: Code, offset: number, value: Code): Code => [pointer, value, 0x36, 0x02, ...leb(offset)],
}

/** Runs `body` again and again until `again` is 0 after it. */
export const loopWhile = (body: Code, again: Code): Code => [0x03, 0x40, body, again, 0x0d, 0x00, 0x0b]
export const when = (condition: Code, body: Code): Code => [condition, 0x04, 0x40, body, 0x0b]
/** Runs `body` as often as the local `counter` says, which is at least once; it is 0 then. */
export const countDown = (counter: number, body: Code): Code => loopWhile([body, set(counter, i32.sub(get(counter), i32.constant(1)))], get(counter))
/** Moves what is left in the local `steps`, but at most `most`, to `taken`. */
export const takeSteps = (taken: number, steps: number, most: number): Code => [
  set(taken, i32.constant(most)),
  when(i32.ltU(get(steps), i32.constant(most)), set(taken, get(steps))),
  set(steps, i32.sub(get(steps), get(taken))),
]

/** 16 bytes at `pointer + offset`, which need not be aligned. */
export const load = (pointer: Code, offset: number): Code => [pointer, 0xfd, 0x00, 0x00, ...leb(offset)]
export const store = (pointer: Code, offset: number, value: Code): Code => [pointer, value, 0xfd, 0x0b, 0x00, ...leb(offset)]
/** The 16 bits at `pointer` into lane `lane` of `lanes`, and from there to `pointer`. */
export const loadLane16 = (pointer: Code, lanes: Code, lane: number): Code => [pointer, lanes, 0xfd, 0x55, 0x01, 0x00, lane]
export const storeLane16 = (pointer: Code, lanes: Code, lane: number): Code => [pointer, lanes, 0xfd, 0x59, 0x01, 0x00, lane]
/** Eight bytes at `pointer + offset` as 16 bits each, without signs. */
export const loadBytes = (pointer: Code, offset: number): Code => [pointer, 0xfd, 0x02, 0x00, ...leb(offset)]
/** Four times the same 32 bits. */
export const words = (word: number): Code => [0xfd, 0x0c, ...bytesOfWords([word, word, word, word])]
/** Lanes of 32 bits picked from eight: 0 to 3 are those of `a`, 4 to 7 those of `b`. */
export const pick = (a: Code, b: Code, lanes: readonly number[]): Code => [a, b, 0xfd, 0x0d, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))]

const shift = (opcode: number) => (a: Code, by: number): Code => [a, i32.constant(by), 0xfd, ...leb(opcode)]

export const v128 = { not: simd(0x4d), and: simd(0x4e), andNot: simd(0x4f), or: simd(0x50), xor: simd(0x51), bitselect: simd(0x52), anyTrue: simd(0x53) }
export const i32x4 = {
  splat: simd(0x11), extendLow: simd(0xa9), extendHigh: simd(0xaa), extendLowS: simd(0xa7), extendHighS: simd(0xa8), narrow: simd(0x86), narrowS: simd(0x85), shl: shift(0xab), shrU: shift(0xad), add: simd(0xae), sub: simd(0xb1), eq: simd(0x37), ltS: simd(0x39), ltU: simd(0x3a), geS: simd(0x3f), maxS: simd(0xb8),
}
/** Of one number. */
export const f64 = { toF32: scalar(0xb6), constant0: [0x44, 0, 0, 0, 0, 0, 0, 0, 0] }
export const i16x8 = { splat: simd(0x10), add: simd(0x8e), maxS: simd(0x98), eq: simd(0x2d), gtS: simd(0x31), bitmask: simd(0x84) }
export const f32x4 = { splat: simd(0x13), abs: simd(0xe0), le: simd(0x45), eq: simd(0x41), add: simd(0xe4), sub: simd(0xe5), mul: simd(0xe6), demote: simd(0x5e) }
/** Products of the lower, or the upper, two lanes of 32 bits without signs, as 64 bits. */
export const i64x2 = { extmulLow: simd(0xde), extmulHigh: simd(0xdf) }
export const f64x2 = {
  min: simd(0xf4), max: simd(0xf5), eq: simd(0x47), ne: simd(0x48), le: simd(0x4b), ge: simd(0x4c), fromU32Low: simd(0xff),
  splat: simd(0x14), abs: simd(0xec), add: simd(0xf0), sub: simd(0xf1), mul: simd(0xf2), div: simd(0xf3), lt: simd(0x49), gt: simd(0x4a), promoteLow: simd(0x5f) }

const section = (id: number, content: readonly number[]): readonly number[] => [id, ...leb(content.length), ...content]
const text = (value: string): readonly number[] => [...leb(value.length), ...new TextEncoder().encode(value)]

/** Puts all bytes of some code behind those before. */
const append = (bytes: number[], code: Code): number[] => {
  for (let i = 0; i < code.length; i++) {
    const part = code[i] as number | Code
    if (typeof part === "number") bytes.push(part)
    else append(bytes, part)
  }
  return bytes
}

/** A module that imports a memory `io.memory` and exports one function `run`, with a result of 32 bits or none. */
export const module = (params: readonly number[], locals: readonly { readonly type: number; readonly count: number }[], body: Code, result?: Code): Uint8Array<ArrayBuffer> => {
  const declared = locals.filter(({ count }) => count > 0)
  const code = append([], [leb(declared.length), ...declared.map(({ type, count }) => [...leb(count), type]), body, result ?? [], 0x0b])
  const length = leb(code.length)
  return new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    ...section(1, [1, 0x60, ...leb(params.length), ...params, ...(result === undefined ? [0] : [1, valueType.i32])]),
    ...section(2, [1, ...text("io"), ...text("memory"), 0x02, 0x00, 0x01]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("run"), 0x00, 0x00]),
    10, ...leb(1 + length.length + code.length), 1, ...length, ...code,
  ])
}

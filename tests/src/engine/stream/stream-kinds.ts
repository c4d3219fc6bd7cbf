/** Kinds with streams of numbers, for tests: a source, stages, a merger of two, sinks; what happens inside is noted in `log`. */
import * as t from "io-ts"
import { defineKind, defineStream, flag, integer, joinable, jsonPort, many, NodeFailure, one, stream, type Kind } from "#src"
import { number } from "../small-graph.ts"

export const numbers = joinable(jsonPort("numbers", t.readonlyArray(t.number)), (parts) => parts.flat())

const count = integer({ min: 0, max: 1e6, default: 10, doc: "Elements" })
const size = integer({ min: 1, max: 1e6, default: 1, doc: "Numbers in an element" })

/** What is going on, in order, as far as it is in this thread. */
export const log: string[] = []

const turn = () => new Promise((resolve) => setImmediate(resolve))

interface SourceOptions {
  readonly kept?: boolean
  /** Awaited before each element. */
  readonly pace?: (i: number) => Promise<unknown>
}

/** 0, 1, 2, …, in elements of `size` numbers. */
export const sourceKind = ({ kept = true, pace = turn }: SourceOptions = {}) =>
  defineStream({
    id: kept ? "stream/source" : "stream/fleeting-source",
    module: import.meta.url,
    title: "source",
    params: { count, size, fail: integer({ min: -1, max: 1e6, default: -1, doc: "Fails before this element" }) },
    inputs: {},
    outputs: { out: stream(numbers, { kept }) },
    cores: 0,
    run: async function* (_, { count: n, size: of, fail }) {
      for (let i = 0; i < n; i++) {
        await pace(i)
        if (i === fail) throw new NodeFailure(`failed at ${i}`)
        log.push(`made ${i}`)
        yield { out: Array.from({ length: of }, (__, j) => i * of + j) }
      }
      return {}
    },
  })

/** Adds `add` to every number; `every` elements become one. */
export const stageKind = (pace: () => Promise<unknown> = async () => undefined, cores = 0) =>
  defineStream({
    id: "stream/stage",
    module: import.meta.url,
    title: "stage",
    params: { add: integer({ min: -1000, max: 1000, default: 1, doc: "Added" }), every: count },
    inputs: { from: one(stream(numbers)) },
    outputs: { out: stream(numbers) },
    cores,
    run: async function* ({ from }, { add, every }) {
      let held: number[] = []
      let elements = 0
      for await (const element of from) {
        await pace()
        held.push(...element.map((x) => x + add))
        if (++elements % Math.max(1, every) !== 0) continue
        yield { out: held }
        held = []
      }
      if (held.length > 0) yield { out: held }
      return {}
    },
  })

/** Reads its streams one after another, or in turns, and gives everything as it comes. */
export const mergeKind = (pace: () => Promise<unknown> = async () => undefined) =>
  defineStream({
    id: "stream/merge",
    module: import.meta.url,
    title: "merge",
    params: { turns: flag({ default: false, doc: "In turns" }) },
    inputs: { from: many(stream(numbers)) },
    outputs: { out: stream(numbers) },
    cores: 0,
    run: async function* ({ from }, { turns }) {
      let open = from.map((one) => one[Symbol.asyncIterator]())
      while (open.length > 0) {
        for (const iterator of turns ? [...open] : open.slice(0, 1)) {
          const step = await iterator.next()
          await pace()
          if (step.done === true) open = open.filter((other) => other !== iterator)
          else yield { out: step.value }
        }
      }
      return {}
    },
  })

/** Weighted sum of all numbers, each by its position, so that order counts. */
const digest = (sum: number, x: number, i: number): number => (sum * 31 + x * (i + 1)) % 1_000_003

/** Works element by element. */
export const sinkKind = (pace: () => Promise<unknown> = async () => undefined) =>
  defineKind({
    id: "stream/sink",
    module: import.meta.url,
    title: "sink",
    params: { most: integer({ min: 0, max: 1e6, default: 1e6, doc: "Elements it looks at" }) },
    inputs: { from: one(stream(numbers)) },
    outputs: { out: number },
    cores: 0,
    run: async ({ from }, { most }) => {
      let [sum, seen, elements] = [0, 0, 0]
      if (most === 0) return { out: 0 }
      for await (const element of from) {
        await pace()
        for (const x of element) sum = digest(sum, x, seen++)
        log.push(`took ${elements}`)
        if (++elements >= most) break
      }
      return { out: sum }
    },
  })

/** The same of the collected value. */
export const wholeSink = defineKind({
  id: "stream/whole-sink",
  module: import.meta.url,
  title: "whole sink",
  params: {},
  inputs: { from: one(numbers) },
  outputs: { out: number },
  cores: 0,
  run: ({ from }) => ({ out: from.reduce(digest, 0) }),
})

export const plain = (kind: unknown): Kind => kind as Kind

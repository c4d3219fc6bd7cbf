/** The random stream of a merge that is made of several nodes: all of them must drop the same elements. */
import { defineKind, jsonPort } from "#src"
import * as t from "io-ts"

/** Of a stream. */
export const mergeSeed = jsonPort("merge-seed", t.string)

export const drawSeed = defineKind({
  id: "merger/kept-draw",
  module: import.meta.url,
  title: "Seed of what a merge draws",
  params: {},
  inputs: {},
  outputs: { seed: mergeSeed },
  seeded: true,
  run: ({}, {}, context) => ({ seed: context.random.words(0).join("-") }),
})

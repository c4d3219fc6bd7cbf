/**
 * Resident tensors as host arrays, which feed the next run as they came out of the last: for webasm and cpu, whose memory is
 * the host's. A gpu.js pipeline takes and gives back host arrays, and copies on its own what goes in and what comes out;
 * that is a memory move of the weights, small beside a step that computes with them. `docs/upstream` says what gpu.js would need.
 */
import { must } from "../../base/assert.ts"
import type { Source } from "./plan.ts"
import type { Runner } from "./runner.ts"
import type { State } from "./state.ts"

export class HostState implements State {
  readonly #runner: Runner
  readonly #resident: Map<string, Float32Array>

  constructor(runner: Runner, resident: ReadonlyMap<string, Float32Array>) {
    this.#runner = runner
    this.#resident = new Map([...resident].map(([name, numbers]) => [name, numbers.slice()]))
  }

  async run(inputs: ReadonlyMap<string, Float32Array>): Promise<ReadonlyMap<string, Float32Array>> {
    const values = this.#runner.plan.arguments.map((argument) =>
      "constant" in argument ? argument.constant : must(this.#resident.get(argument.input) ?? inputs.get(argument.input), argument.input),
    )
    const results = await this.#runner.run(values)
    const taken = new Set<number>()
    const numbersOf = (source: Source | undefined): Float32Array => {
      if (source === undefined) return new Float32Array(0)
      if (source.from === "argument") return must(values[source.index], "argument").slice()
      const numbers = must(results.get(source.index), "result")
      if (taken.has(source.index)) return numbers.slice()
      taken.add(source.index)
      return numbers
    }
    const outputs = new Map<string, Float32Array>()
    for (const [name, source] of Object.entries(this.#runner.plan.outputs)) (this.#resident.has(name) ? this.#resident : outputs).set(name, numbersOf(source))
    return outputs
  }

  async read(): Promise<ReadonlyMap<string, Float32Array>> {
    return new Map([...this.#resident].map(([name, numbers]) => [name, numbers.slice()]))
  }

  async close(): Promise<void> {
    this.#resident.clear()
  }
}

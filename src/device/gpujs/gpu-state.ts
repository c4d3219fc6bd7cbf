/**
 * Resident tensors as buffers on the GPU. They are uploaded when they are bound and downloaded when they are asked for; in
 * between, a run reads the buffers that the last one wrote.
 */
import { must } from "../../base/assert.ts"
import type { Chain } from "./chain.ts"
import type { GpuBuffer } from "./library.ts"
import type { State } from "./state.ts"

export class GpuState implements State {
  readonly #chain: Chain
  #resident: ReadonlyMap<string, GpuBuffer>
  /** Names of resident tensors without elements, which have no buffer. */
  readonly #empty: ReadonlySet<string>

  private constructor(chain: Chain, resident: ReadonlyMap<string, GpuBuffer>, empty: ReadonlySet<string>) {
    this.#chain = chain
    this.#resident = resident
    this.#empty = empty
  }

  static async bind(chain: Chain, resident: ReadonlyMap<string, Float32Array>): Promise<GpuState> {
    const buffers = new Map<string, GpuBuffer>()
    const empty = new Set<string>()
    for (const [name, numbers] of resident) {
      if (numbers.length === 0) empty.add(name)
      else buffers.set(name, await chain.upload(numbers))
    }
    return new GpuState(chain, buffers, empty)
  }

  async run(inputs: ReadonlyMap<string, Float32Array>): Promise<ReadonlyMap<string, Float32Array>> {
    const before = this.#resident
    const wanted = Object.keys(this.#chain.plan.outputs).filter((name) => !this.#empty.has(name))
    const after = await this.#chain.run(before, inputs, wanted)
    this.#resident = new Map([...before].map(([name, buffer]) => [name, after.get(name) ?? buffer]))
    for (const [name, buffer] of before) if (after.has(name)) buffer.delete()
    const outputs = wanted.filter((name) => !before.has(name))
    // Work is only queued so far. Downloads wait for it; where there are none, a run must still not end before its work.
    if (outputs.length === 0) await [...this.#resident.values()][0]?.context.device.queue.onSubmittedWorkDone()
    const numbers = await Promise.all(outputs.map((name) => this.#chain.download(after.get(name))))
    for (const name of outputs) after.get(name)?.delete()
    return new Map(outputs.map((name, i) => [name, must(numbers[i], name)]))
  }

  async read(): Promise<ReadonlyMap<string, Float32Array>> {
    const names = [...this.#resident.keys()]
    const numbers = await Promise.all(names.map((name) => this.#chain.download(this.#resident.get(name))))
    return new Map([...names.map((name, i) => [name, must(numbers[i], name)] as const), ...[...this.#empty].map((name) => [name, new Float32Array(0)] as const)])
  }

  async close(): Promise<void> {
    for (const buffer of this.#resident.values()) buffer.delete()
    this.#resident = new Map()
  }
}

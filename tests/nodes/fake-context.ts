/** What a node that computes on a device is given in tests: checkpoints under the test's control, and a count of what it leaves open. */
import { random, systemClock, type Checkpoint, type Device, type Program, type RunContext, type Tensors } from "#src"
import type { Compiled } from "../../src/device/device.ts"
import type { Progress } from "../../src/engine/context.ts"

export interface FakeContextOptions {
  readonly seed?: string
  readonly signal?: AbortSignal
  /** Where checkpoints are kept; give the same array again to go on. */
  readonly saved?: Checkpoint[]
  /** Steps after which a checkpoint is due. */
  readonly due?: readonly number[]
  readonly progress?: (progress: Progress) => void
  /** After each run of a program, how many there were. */
  readonly ran?: (runs: number) => void
}

export interface FakeContext {
  readonly context: RunContext
  readonly saved: readonly Checkpoint[]
  /** How far the node said it was, each time. */
  readonly done: readonly number[]
  readonly programs: readonly Program[]
  /** What each run was given. */
  readonly runs: readonly Tensors[]
  /** Programs and bindings that are not closed. */
  readonly open: () => number
}

export const fakeContext = (device: Device, options: FakeContextOptions = {}): FakeContext => {
  const { seed = "seed", signal = new AbortController().signal, saved = [], due = [], progress, ran } = options
  const done: number[] = []
  const programs: Program[] = []
  const runs: Tensors[] = []
  let open = 0
  const closing = (close: () => Promise<void>) => {
    open++
    return () => (open--, close())
  }
  const watched: Device = {
    name: device.name,
    family: device.family,
    compile: async (program) => {
      programs.push(program)
      const compiled = await device.compile(program)
      const bind: Compiled["bind"] = async (resident) => {
        const bound = await compiled.bind(resident)
        const run = async (inputs: Tensors) => {
          runs.push(inputs)
          const out = await bound.run(inputs)
          ran?.(runs.length)
          return out
        }
        return { run, resident: () => bound.resident(), close: closing(() => bound.close()) }
      }
      return { program, bind, close: closing(() => compiled.close()) }
    },
    close: () => device.close(),
  }
  return {
    saved,
    done,
    programs,
    runs,
    open: () => open,
    context: {
      random: random(seed),
      signal,
      clock: systemClock,
      device: () => Promise.resolve(watched),
      progress: (now) => {
        done.push(now.done)
        progress?.(now)
      },
      checkpoints: {
        last: (atOrBefore) => Promise.resolve(saved.filter(({ step }) => step <= atOrBefore).sort((a, b) => b.step - a.step)[0]),
        due: () => due.includes(done.at(-1) ?? 0),
        save: (checkpoint) => Promise.resolve(void saved.push(checkpoint)),
      },
    },
  }
}

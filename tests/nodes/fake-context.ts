/** What a node that computes on a device is given in tests: checkpoints under the test's control, and a count of what it leaves open. */
import { random, systemClock, type Checkpoint, type Device, type Program, type Progress, type RunContext } from "#src"

export interface FakeContextOptions {
  readonly seed?: string
  readonly signal?: AbortSignal
  /** Where checkpoints are kept; give the same array again to go on. */
  readonly saved?: Checkpoint[]
  /** Steps after which a checkpoint is due. */
  readonly due?: readonly number[]
  readonly progress?: (progress: Progress) => void
}

export interface FakeContext {
  readonly context: RunContext
  readonly saved: readonly Checkpoint[]
  /** How far the node said it was, each time. */
  readonly done: readonly number[]
  readonly programs: readonly Program[]
  /** Programs and bindings that are not closed. */
  readonly open: () => number
}

export const fakeContext = (device: Device, { seed = "seed", signal = new AbortController().signal, saved = [], due = [], progress }: FakeContextOptions = {}): FakeContext => {
  const done: number[] = []
  const programs: Program[] = []
  let open = 0
  const counted = <A extends { close(): Promise<void> }>(resource: A): A => {
    open++
    return { ...resource, close: () => (open--, resource.close()) }
  }
  const watched: Device = {
    ...device,
    compile: async (program) => {
      programs.push(program)
      const compiled = await device.compile(program)
      return counted({ ...compiled, bind: async (resident) => counted(await compiled.bind(resident)) })
    },
  }
  return {
    saved,
    done,
    programs,
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

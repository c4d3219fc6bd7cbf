/**
 * A session that finds out with how many threads its program runs fastest, while it runs: for a few runs two sessions take
 * turns, and the slower one is dropped. Every run is one that was asked for and counts once, whichever session takes it;
 * results do not depend on threads, so nobody notices but the clock. SPEC D10.
 */
import { work } from "../../tensor/cost.ts"
import type { Program } from "../../tensor/program.ts"
import type { OrtSession } from "./runtime.ts"

export interface ThreadedOptions {
  /** The most threads. */
  readonly threads: number
  readonly create: (threads: number) => Promise<OrtSession>
  /** Milliseconds, monotonic. */
  readonly now: () => number
}

/** A session of one number of threads, and how long its runs took. */
interface Seat {
  readonly threads: number
  readonly session: Promise<OrtSession>
  readonly times: number[]
  /** Runs that were given to it since it has had a rival. */
  started: number
  pending: number
  dropped: boolean
}

/** Runs before a second session is made: what runs once or twice is not worth one. */
const runsAlone = 2
/** Timed runs of each of two sessions, and how many are enough where the difference is plain. */
const runsTogether = 5
const runsIfPlain = 2
const plain = 1.5
/** More threads must be this much faster: they take what others could use. */
const advantage = 1.05

/** Operations a step on average from which threads always gain, and up to which they hardly ever do. */
const largeStep = 1e6
const smallStep = 1e5

/** Threads to begin with, and those to try after that as long as each is better than the one before. */
const plan = (program: Program, most: number): readonly [number, readonly number[]] => {
  const mean = work(program).flops / program.steps.filter(({ op }) => op !== "input" && op !== "constant").length
  if (most === 1 || mean >= largeStep) return [most, []]
  const halves: number[] = []
  for (let n = most; n > 1; n = Math.floor(n / 2)) halves.push(n)
  return mean >= smallStep ? [most, [...halves.slice(1), 1]] : [1, halves.reverse()]
}

export class ThreadedSession implements OrtSession {
  readonly #options: ThreadedOptions
  #champion: Seat
  #rival: Seat | undefined
  #untried: readonly number[]
  #runs = 0

  /** Rejects if not even the first session can be made. */
  static async open(program: Program, options: ThreadedOptions): Promise<ThreadedSession> {
    const made = new ThreadedSession(program, options)
    await made.#champion.session
    return made
  }

  private constructor(program: Program, options: ThreadedOptions) {
    const [first, others] = plan(program, options.threads)
    this.#options = options
    this.#champion = this.#seat(first)
    this.#untried = others
  }

  /** Those of the best so far; undefined while two are compared or one is still to be tried. */
  get threads(): number | undefined {
    return this.#rival === undefined && this.#untried.length === 0 ? this.#champion.threads : undefined
  }

  async run(...tensors: Parameters<OrtSession["run"]>): Promise<void> {
    const seat = this.#next()
    const warm = seat.started++ > 0 || seat === this.#champion
    seat.pending++
    try {
      const session = await seat.session
      const from = this.#options.now()
      await session.run(...tensors)
      if (warm) seat.times.push(this.#options.now() - from)
    } finally {
      seat.pending--
      if (seat.dropped) await this.#release(seat)
    }
    this.#runs++
    await this.#judge()
  }

  async release(): Promise<void> {
    this.#untried = []
    await Promise.all([this.#champion, ...(this.#rival === undefined ? [] : [this.#rival])].map((seat) => this.#drop(seat)))
  }

  #seat(threads: number): Seat {
    return { threads, session: this.#options.create(threads), times: [], started: 0, pending: 0, dropped: false }
  }

  /** Who takes the next run: in turns while two are compared. */
  #next(): Seat {
    const [challenger, ...others] = this.#untried
    if (this.#rival === undefined && challenger !== undefined && this.#runs >= runsAlone) {
      this.#rival = this.#seat(challenger)
      this.#untried = others
      this.#champion.started = 0
      this.#champion.times.length = 0
    }
    // The rival has one more: its first run makes room for its values and is not timed.
    return this.#rival !== undefined && this.#rival.started <= Math.min(this.#champion.started, runsTogether) ? this.#rival : this.#champion
  }

  async #judge(): Promise<void> {
    const [champion, rival] = [this.#champion, this.#rival]
    if (rival === undefined) return
    const timed = Math.min(champion.times.length, rival.times.length)
    const [own, other] = [Math.min(...champion.times), Math.min(...rival.times)]
    const isPlain = timed >= runsIfPlain && Math.max(own / other, other / own) > plain
    if (timed < runsTogether && !isPlain) return
    const isBetter = rival.threads < champion.threads ? other <= own * advantage : other * advantage < own
    this.#rival = undefined
    if (isBetter) this.#champion = rival
    else this.#untried = []
    await this.#drop(isBetter ? champion : rival)
  }

  async #drop(seat: Seat): Promise<void> {
    seat.dropped = true
    await this.#release(seat)
  }

  /** Once, and not while it runs. */
  async #release(seat: Seat): Promise<void> {
    if (seat.pending > 0) return
    seat.dropped = false
    await (await seat.session).release()
  }
}

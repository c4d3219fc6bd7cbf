/** The sessions of a device, each open for as long as somebody holds it. SPEC D1. */
import type { ThreadedSession } from "./threaded-session.ts"

export interface Lease {
  readonly session: ThreadedSession
  /** The last to let go of a session closes it. Twice is once. */
  release(): Promise<void>
}

interface Shared {
  readonly session: Promise<ThreadedSession>
  users: number
}

export class Sessions {
  readonly #open = new Map<unknown, Shared>()

  /** The session under `key`, opened unless it is open. Rejects if it cannot be. */
  async lease(key: unknown, open: () => Promise<ThreadedSession>): Promise<Lease> {
    const shared = this.#open.get(key) ?? { session: open(), users: 0 }
    this.#open.set(key, shared)
    shared.users++
    const session = await shared.session.catch((error: unknown) => {
      this.#open.delete(key)
      throw error
    })
    let held = true
    return {
      session,
      release: async () => {
        if (!held) return
        held = false
        if (--shared.users > 0 || this.#open.get(key) !== shared) return
        this.#open.delete(key)
        await session.release()
      },
    }
  }

  async find(key: unknown): Promise<ThreadedSession | undefined> {
    return this.#open.get(key)?.session
  }

  async close(): Promise<void> {
    const all = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(all.map(async ({ session }) => (await session).release()))
  }
}

/** Lets timers, signals and other work of this thread have their turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

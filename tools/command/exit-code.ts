/** What the command's exit codes mean; scripts rely on them. */
export const exitCode = {
  done: 0,
  /** A node failed, or the world would not let the command finish; what did finish is kept. */
  failed: 1,
  /** The command line, the graph or its params are wrong; nothing ran. */
  wrongInput: 2,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const

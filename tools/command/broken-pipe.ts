/** `cambium run … | head`: whoever reads may leave early. That is no error, and no reason to stop the work. */

/** From now on, output that nobody reads any more is dropped. */
export const ignoreBrokenPipes = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error
    })
  }
}

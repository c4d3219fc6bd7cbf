/** Imports of TypeScript modules by address: where the command runs as a bundle, the compiler is loaded with the first of them. */

declare const CAMBIUM_BUNDLED: boolean | undefined

/** Whether this very code was bundled (`make-bundle.ts`). */
export const isBundled = typeof CAMBIUM_BUNDLED !== "undefined"

let readable: Promise<void> | undefined

const readTypeScript = async (): Promise<void> => {
  const { register } = await import("tsx/esm/api")
  register()
}

/** The module at `url`. Rejects as `import` does. */
export const importSource = async (url: string): Promise<unknown> => {
  if (isBundled) await (readable ??= readTypeScript())
  return import(url)
}

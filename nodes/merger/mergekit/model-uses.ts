/** Which models a configuration uses, and where it says so first. */
import type { MergekitConfig, Path } from "./config.ts"

/** Names in the order of the file. */
export const modelUses = ({ base, slices, modules, tokenizer }: MergekitConfig): ReadonlyMap<string, Path> => {
  const uses = new Map<string, Path>()
  const use = (name: string | undefined, path: Path): void => void (name === undefined || uses.has(name) || uses.set(name, path))
  use(base, ["base_model"])
  for (const slice of [...slices, ...Object.values(modules).flatMap((module) => module.slices)]) {
    use(slice.base, [...slice.at, "base_model"])
    for (const { model, companions, at } of slice.sources) {
      use(model, [...at, "model"])
      for (const [name, companion] of Object.entries(companions)) use(companion, [...at, "companions", name])
    }
  }
  if (tokenizer === undefined) return uses
  if (tokenizer.source !== "union" && tokenizer.source !== "base") use(tokenizer.source, tokenizer.at)
  for (const [token, { source }] of Object.entries(tokenizer.tokens)) if (source?._tag === "model") use(source.model, ["tokenizer", "tokens", token, "source"])
  return uses
}

export const modelsOf = (config: MergekitConfig): readonly string[] => [...modelUses(config).keys()]

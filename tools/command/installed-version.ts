/** Which version of a package is installed. */
import { readFileSync } from "node:fs"

/** From the package's own manifest; a package that is not there has none. */
export const installedVersion = (name: string): string => {
  try {
    const manifest = readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), "utf8")
    return (JSON.parse(manifest) as { readonly version: string }).version
  } catch {
    return "absent"
  }
}

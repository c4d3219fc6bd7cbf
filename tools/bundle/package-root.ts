/** Which package a folder belongs to. */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

/** The nearest folder, from `folder` upwards, that has `name` in it. */
const nearestWith = (name: string, folder: string): string | undefined => {
  if (existsSync(join(folder, name))) return folder
  return dirname(folder) === folder ? undefined : nearestWith(name, dirname(folder))
}

/** The folder of the nearest package.json; `folder` itself where there is none. */
export const packageRootOf = (folder: string): string => nearestWith("package.json", folder) ?? folder

/** The nearest folder of packages: what lies below it finds the packages that `folder` finds. */
export const packagesFolderOf = (folder: string): string | undefined => {
  const found = nearestWith("node_modules", folder)
  return found === undefined ? undefined : join(found, "node_modules")
}

/**
 * Which params of a configuration its method has. mergekit passes over all others, and over keys it does not know, and many a configuration has some
 * (`int8_mask`, `normalize`): a param of another method is told and changes nothing; one that no method has is a mistake. SPEC F8.
 */
import { closest } from "#src"
import { mergekit, mergekitVariant, methods, type Mergekit } from "../methods.ts"
import { showPath, type MergekitConfig, type Path, type Settings } from "./config.ts"
import type { Stage } from "./merge-stages.ts"
import { resolveParam } from "./resolve.ts"
import { groupsOf } from "./targets.ts"

/** Flags that choose among methods and are params of none. */
const flags = ["nuslerp_flatten", "nuslerp_row_wise", "filter_wise"]

export const methodOf = (config: MergekitConfig): Mergekit | undefined =>
  mergekitVariant(config.method, Object.fromEntries(flags.map((flag) => [flag, resolveParam([config.settings], flag, "", 0)])))

const paramsOf = ({ method, ignored = [] }: Mergekit): readonly string[] => [...Object.keys(method.params), ...Object.keys(method.each), ...ignored]

/** Of all methods. */
export const everyParam: ReadonlySet<string> = new Set([...[...mergekit.values()].flatMap(paramsOf), ...[...methods.values()].flatMap((method) => paramsOf({ method })), ...flags])

/** Those that are not the method's, by their places. */
const foreign = (config: MergekitConfig, known: Mergekit): readonly { readonly at: Path; readonly name: string }[] => {
  const own = [...paramsOf(known), ...flags]
  const among = (settings: Settings, at: Path) => Object.keys(settings).filter((name) => !own.includes(name)).map((name) => ({ at: [...at, "parameters", name], name }))
  const inModules = Object.entries(config.modules).flatMap(([name, { settings }]) => among(settings, ["modules", name]))
  const inSlices = groupsOf(config).flatMap(({ slices }) => slices.flatMap(({ settings, at, sources }) => [...among(settings, at), ...sources.flatMap((source) => among(source.settings, source.at))]))
  return [...among(config.settings, []), ...inModules, ...inSlices]
}

export const checkParams = (config: MergekitConfig, known: Mergekit, wrong: (path: Path, expected: string, got: string, onKey: boolean) => void): void => {
  const own = paramsOf(known)
  for (const { at, name } of foreign(config, known)) {
    if (everyParam.has(name)) continue
    const near = closest(name, [...own, ...flags])
    wrong(at, `a param of ${config.method}: ${own.join(", ") || "it has none"}${near === undefined ? "" : `; did you mean ${near}?`}`, `an unknown param ${name}`, true)
  }
}

/** What a stage says that changes nothing, in sentences, each key and each param once. */
export const remarksOf = ({ config, document }: Stage): readonly string[] => {
  const known = methodOf(config)
  if (known === undefined) return []
  const about = (at: Path, remark: string): string => {
    const { file, line, column } = document.issue(at, "", "", true)
    return `${file}:${line}:${column}: ${remark}: it changes nothing`
  }
  const keys = config.passedOver.map((at) => ({ at, name: String(at.at(-1)) }))
  const params = foreign(config, known).filter(({ name }) => everyParam.has(name))
  return [
    ...onceEach(keys).map(({ at, name }) => about(at, `${showPath(at)} is not a key of a merge${everyParam.has(name) ? ", and a param only under parameters" : ""}`)),
    ...onceEach(params).map(({ at, name }) => about(at, `${config.method} has no param ${name}`)),
  ]
}

const onceEach = <A extends { readonly name: string }>(all: readonly A[]): readonly A[] => all.filter(({ name }, i) => all.findIndex((one) => one.name === name) === i)

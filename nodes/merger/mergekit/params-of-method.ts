/**
 * Which params of a configuration its method has. mergekit passes over all others, and over keys it does not know, and many a configuration has some
 * (`int8_mask`, `normalize`): a param of another method is told and changes nothing; one that no method has is a mistake. SPEC F8.
 */
import { closest, type Json, type Params } from "#src"
import { mergekit, mergekitVariant, methods, type Mergekit } from "../methods.ts"
import { showPath, type MergekitConfig, type Path, type Settings } from "./config.ts"
import type { Stage } from "./merge-stages.ts"
import { resolveParam } from "./resolve.ts"
import { groupsOf } from "./targets.ts"

/** Flags that choose among methods and are params of none. */
const flags = ["nuslerp_flatten", "nuslerp_row_wise", "filter_wise"]

export const methodOf = (config: MergekitConfig): Mergekit | undefined => methodAt(config, [config.settings], "", 0)

/** For one tensor: flags are found as params are, so that they may differ from layer to layer. */
export const methodAt = (config: MergekitConfig, chain: readonly Settings[], tensor: string, t: number): Mergekit | undefined =>
  mergekitVariant(config.method, Object.fromEntries(flags.map((flag) => [flag, resolveParam(chain, flag, tensor, t)])))

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

/** What mergekit has no default for. */
const required = ["weight", "t"]

/**
 * Where a default is taken although the configuration says something else of other models or tensors, which may be a mistake: mergekit refuses it.
 * What it says of none is meant so: a mean, a place half way.
 */
const halfSaid = (config: MergekitConfig, { method, params = {}, each = {} }: Mergekit): readonly { readonly at: Path; readonly remark: string }[] => {
  const own = (name: string): Json => each[name] ?? params[name] ?? ({ ...method.params, ...method.each } as Params)[name]?.default as Json
  const says = (chain: readonly Settings[], name: string): "all" | "some" | "none" =>
    resolveParam(chain, name, "", 0) !== undefined ? "all" : chain.some((settings) => settings[name] !== undefined) ? "some" : "none"
  return groupsOf(config).flatMap(({ module, slices, settings }) =>
    slices.flatMap((slice) => {
      const chain = [slice.settings, ...settings, config.settings]
      const placeOf = (name: string): Path => [...(name in slice.settings ? slice.at : name in config.settings || module === undefined ? [] : ["modules", module]), "parameters", name]
      const uses = slice.sources.filter(({ model }) => method.base === "none" || model !== (slice.base ?? config.base))
      const places = required.flatMap((name) => {
        if (name in method.params) return [{ name, at: placeOf(name), of: config.method, said: says(chain, name), anySaid: false }]
        if (!(name in method.each)) return []
        const all = uses.map((source) => ({ name, at: [...source.at, ...(name in source.settings ? ["parameters", name] : ["model"])], of: source.model, said: says([source.settings, ...chain], name) }))
        return all.map((place) => ({ ...place, anySaid: all.some(({ said }) => said !== "none") }))
      })
      return places.flatMap(({ name, at, of, said, anySaid }) =>
        said === "some" ? [{ at, remark: `of tensors that no filter fits, ${of} has no ${name}: ${JSON.stringify(own(name))} is taken` }]
        : said === "none" && anySaid ? [{ at, remark: `${of} has no ${name}, which others have: ${JSON.stringify(own(name))} is taken` }]
        : [],
      )
    }),
  )
}

/** What a stage says that changes nothing, or that it says of a part only, in sentences, each key and each param once. */
export const remarksOf = ({ config, document }: Stage): readonly string[] => {
  const known = methodOf(config)
  if (known === undefined) return []
  const at = (path: Path, remark: string): string => {
    const { file, line, column } = document.issue(path, "", "", true)
    return `${file}:${line}:${column}: ${remark}`
  }
  const about = (path: Path, remark: string): string => at(path, `${remark}: it changes nothing`)
  const keys = config.passedOver.map((path) => ({ at: path, name: String(path.at(-1)) }))
  const params = foreign(config, known).filter(({ name }) => everyParam.has(name))
  return [
    ...onceEach(keys).map(({ at: path, name }) => about(path, `${showPath(path)} is not a key of a merge${everyParam.has(name) ? ", and a param only under parameters" : ""}`)),
    ...onceEach(params).map(({ at: path, name }) => about(path, `${config.method} has no param ${name}`)),
    ...new Set(halfSaid(config, known).map(({ at: path, remark }) => at(path, remark))),
  ]
}

const onceEach = <A extends { readonly name: string }>(all: readonly A[]): readonly A[] => all.filter(({ name }, i) => all.findIndex((one) => one.name === name) === i)

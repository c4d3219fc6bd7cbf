/** The tensors of the result of a configuration: layers taken from sources and put one on another, and what is around them. SPEC F6, F8. */
import type { ModelFiles } from "#src"
import type { MergekitConfig, Path, Settings, Slice } from "./config.ts"
import { isBefore, isHead, layerName, mainStack } from "./layers.ts"

/** A tensor of the result: its name, where its sources' layers are, and the params that hold there. */
export interface Target {
  readonly name: string
  readonly slice: Slice
  /** Name of the tensor in each source of the slice, and in the base. */
  readonly nameIn: (source: number | "base") => string
  readonly t: number
  /** Settings nearest first, those of a source not among them. */
  readonly chain: readonly Settings[]
  readonly layer: number | undefined
  readonly layers: number
}

/** Slices by the beginnings of names; one group with all names, unless there are modules. */
export const groupsOf = ({ slices, modules }: MergekitConfig): readonly Group[] =>
  slices.length > 0 ? [{ module: undefined, slices, settings: [] }] : Object.entries(modules).map(([module, { slices: own, settings }]) => ({ module, slices: own, settings: [settings] }))

export interface Group {
  /** Its tensors' names begin so; undefined: they are all there are. */
  readonly module: string | undefined
  readonly slices: readonly Slice[]
  readonly settings: readonly Settings[]
}

export interface Models {
  readonly config: MergekitConfig
  readonly inputs: readonly ModelFiles[]
  readonly indexOf: (name: string) => number
  readonly template: ModelFiles
  readonly compat: boolean
  readonly wrong: (path: Path, expected: string, got: string) => void
}

/** Every tensor of the models is in one group, and in one only. */
export const targetsOf = (groups: readonly Group[], models: Models): readonly Target[] => {
  const { template, wrong } = models
  const names = [...template.tensors.keys()]
  const begins = (name: string, { module }: Group): boolean => module !== undefined && name.startsWith(`${module}.`)
  const others = groups.filter((group) => names.some((name) => begins(name, group)))
  const rest = groups.filter((group) => !others.includes(group))
  // mergekit's names of modules (text_decoder) are not those that tensors begin with: one such module is what no other is.
  const isRest = (name: string): boolean => !others.some((group) => begins(name, group))
  if (rest.length > 1) wrong(["modules"], `names that tensors begin with (${[...new Set(names.map((name) => name.split(".")[0] ?? name))].join(", ")}), and at most one other, for the rest`, rest.map(({ module }) => module).join(", "))
  const lost = rest.length > 0 ? undefined : names.find(isRest)
  if (lost !== undefined) wrong(["modules"], "every tensor in a module", `${lost} in none`)
  return groups.flatMap((group) => groupTargets(group, others.includes(group) ? (name) => begins(name, group) : isRest, models))
}

const groupTargets = (group: Group, isIn: (name: string) => boolean, { config, inputs, indexOf, template, compat, wrong }: Models): readonly Target[] => {
  const main = mainStack(template, isIn)
  const chainOf = (slice: Slice): readonly Settings[] => [slice.settings, ...group.settings, config.settings]
  let next = 0
  const inLayers = group.slices.flatMap((slice) => {
    const ranges = slice.sources.map(({ model, layers }) => layers ?? ([0, mainStack(inputs[indexOf(model)] as ModelFiles, isIn).layers] as const))
    slice.sources.forEach(({ model, at }, i) => {
      const has = mainStack(inputs[indexOf(model)] as ModelFiles, isIn).layers
      const range = ranges[i] as readonly [number, number]
      if (range[1] > has) wrong([...at, "layer_range"], `at most the ${has} layers of ${model}`, `[${range.join(", ")}]`)
    })
    const [from, behind] = ranges[0] ?? [0, 0]
    const extent = behind - from
    const leader = inputs[indexOf(slice.sources[0]?.model ?? "")] as ModelFiles
    const rests = new Map<number, string[]>()
    for (const name of leader.tensors.keys()) {
      const at = layerName(name)
      if (at?.stack === main.stack) rests.set(at.layer, [...(rests.get(at.layer) ?? []), at.rest])
    }
    const targets = Array.from({ length: extent }, (_, j) =>
      (rests.get(from + j) ?? []).map((rest): Target => ({
        name: `${main.stack}${next + j}${rest}`,
        slice,
        nameIn: (source) => `${main.stack}${(source === "base" ? from : (ranges[source] as readonly [number, number])[0]) + j}${rest}`,
        t: extent > 1 ? j / (extent - 1) : 1,
        chain: chainOf(slice),
        layer: next + j,
        layers: 0,
      })),
    ).flat()
    next += extent
    return targets
  })
  const [first, last] = [group.slices[0], group.slices.at(-1)] as [Slice, Slice]
  const outside = new Set([...template.tensors.keys()].filter((name) => isIn(name) && layerName(name)?.stack !== main.stack))
  // A head that some models have and the template only ties is merged too.
  for (const { model } of last.sources) for (const name of (inputs[indexOf(model)] as ModelFiles).tensors.keys()) if (isIn(name) && isHead(name)) outside.add(name)
  const around = [...outside].map((name): Target => {
    const before = isBefore(name)
    const slice = before ? first : last
    return { name, slice, nameIn: () => name, t: before || compat ? 0 : 1, chain: chainOf(slice), layer: undefined, layers: 0 }
  })
  reportExtras(group, isIn, main.stack, template, inputs, indexOf, outside, wrong)
  return [...around.filter(({ name }) => isBefore(name)), ...inLayers.map((target) => ({ ...target, layers: next })), ...around.filter(({ name }) => !isBefore(name))]
}

/** Tensors that a model has and the others have not would silently be lost. */
const reportExtras = (group: Group, isIn: (name: string) => boolean, stack: string, template: ModelFiles, inputs: readonly ModelFiles[], indexOf: (name: string) => number, outside: ReadonlySet<string>, wrong: Models["wrong"]): void => {
  const rests = new Set([...template.tensors.keys()].flatMap((name) => {
    const place = layerName(name)
    return place?.stack === stack ? [place.rest] : []
  }))
  for (const { sources } of group.slices) {
    for (const { model, at } of sources) {
      const extra = [...(inputs[indexOf(model)] as ModelFiles).tensors.keys()].find((name) => {
        const place = layerName(name)
        if (!isIn(name)) return false
        return place?.stack === stack ? !rests.has(place.rest) : !outside.has(name)
      })
      if (extra !== undefined) wrong(at, `the tensors of ${template.path}`, `a tensor ${extra} beside them in ${model}`)
    }
  }
}

/** Configurations of the merges that are timed. Of some a coefficient can be another one: the weight of the first model, or t. */

const listed = (models: readonly string[], params: (i: number) => string): string => models.map((model, i) => `  - {model: ${model}, parameters: {${params(i)}}}`).join("\n")

export const linear = (models: readonly string[]): string => `merge_method: linear\nmodels:\n${listed(models, (i) => `weight: ${0.31372 + 0.1 * i}`)}\ndtype: bfloat16\n`
export const slerp = ([a, b]: readonly string[], t = 0.4): string => `merge_method: slerp\nbase_model: ${a}\nmodels: [{model: ${a}}, {model: ${b}}]\nparameters: {t: ${t}}\ndtype: bfloat16\n`
export const multislerp = (models: readonly string[]): string => `merge_method: multislerp\nmodels:\n${listed(models, () => "weight: 1")}\ndtype: bfloat16\n`
/** The base comes first. */
export const sparse = (method: string, density: number) => ([base, ...models]: readonly string[], weight = 0.5): string =>
  `merge_method: ${method}\nbase_model: ${base}\nmodels:\n${listed(models, (i) => `weight: ${i === 0 ? weight : 0.5}, density: ${density}`)}\ndtype: bfloat16\n`
/** What lies beside the models comes after all of them. */
export const fisher = (models: readonly string[], weight = 1): string =>
  `merge_method: fisher\nmodels:\n${models.slice(0, models.length / 2).map((model, i) => `  - {model: ${model}, companions: {fisher: ${models[models.length / 2 + i]}}, parameters: {weight: ${i === 0 ? weight : 1}}}`).join("\n")}\ndtype: bfloat16\n`

/** Tensors calculated from others on the device of a run, outside of any training step. */
import { input, makeProgram, must, withProgram, type Exprs, type RunContext, type Tensors } from "#src"

export const inputsOf = (tensors: Tensors, prefix = ""): Exprs => Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, input(`${prefix}${name}`, shape)]))

/** What `make` gives of inputs of the tensors' names, under its own names, which may be the same. */
export const calculate = async (tensors: Tensors, make: (x: Exprs) => Exprs, context: RunContext): Promise<Tensors> => {
  const inputs = inputsOf(tensors)
  // Under names of their own: an output of an input's name would replace it on the device.
  const outputs = Object.fromEntries(Object.entries(make(inputs)).map(([name, made]) => [`made/${name}`, made]))
  const made = await withProgram(await context.device(), makeProgram({ inputs: Object.values(inputs), outputs }), tensors, (bound) => bound.run({}))
  return Object.fromEntries(Object.keys(outputs).map((name) => [name.slice("made/".length), must(made[name], name)]))
}

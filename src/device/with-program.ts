/** A program for as long as it is needed: compiled, bound, used, and closed again whatever happens in between. */
import type { Tensors } from "../base/ndarray.ts"
import type { Program } from "../tensor/program.ts"
import type { Bound, Device } from "./device.ts"

/** What `use` gives, or throws, after both the instance and the compiled program are closed. */
export const withProgram = async <A>(device: Device, program: Program, resident: Tensors, use: (bound: Bound) => Promise<A>): Promise<A> => {
  const compiled = await device.compile(program)
  try {
    const bound = await compiled.bind(resident)
    try {
      return await use(bound)
    } finally {
      await bound.close()
    }
  } finally {
    await compiled.close()
  }
}

/** The same for a generator: closed when it ends, fails, or is left. */
export const streamProgram = async function* <A>(device: Device, program: Program, resident: Tensors, use: (bound: Bound) => AsyncGenerator<A>): AsyncGenerator<A> {
  const compiled = await device.compile(program)
  try {
    const bound = await compiled.bind(resident)
    try {
      yield* use(bound)
    } finally {
      await bound.close()
    }
  } finally {
    await compiled.close()
  }
}

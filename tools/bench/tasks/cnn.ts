/** The training step and the scoring of the benchmark's ResNet: one traced program each, bound to a device that holds weights, momentum and running moments. */
import { must } from "../../../src/base/assert.ts"
import { random } from "../../../src/base/random.ts"
import type { Device } from "../../../src/device/device.ts"
import { crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { initState } from "../../../src/nn/optimiser.ts"
import { initResnet, resnetForward, resnetMoments, resnetShapes } from "../../../src/nn/resnet.ts"
import { sgd } from "../../../src/nn/sgd.ts"
import { trainingStep } from "../../../src/nn/training-step.ts"
import type { Exprs } from "../../../src/tensor/expr.ts"
import { makeProgram } from "../../../src/tensor/make-program.ts"
import type { Program } from "../../../src/tensor/program.ts"
import { input } from "../../../src/tensor/source.ts"
import type { CnnSpec } from "../spec.ts"
import { batchOf, countParams, load, running, type Task } from "./task.ts"

type Optimiser = ReturnType<typeof sgd>

const givenOf = (spec: CnnSpec): Exprs => ({
  ...Object.fromEntries(Object.entries(resnetMoments(spec)).map(([name, shape]) => [name, input(name, shape)])),
  image: input("image", [spec.rows, spec.channels, spec.extent, spec.extent]),
  label: input("label", [spec.rows], "i32"),
})

const trainProgram = (spec: CnnSpec, optimiser: Optimiser): Program =>
  trainingStep({
    trained: resnetShapes(spec),
    given: givenOf(spec),
    loss: (x) => {
      const { logits, moments } = resnetForward(spec, x, must(x["image"], "image"), { phase: "train" })
      return { loss: crossEntropy(logits, must(x["label"], "label")), carried: moments }
    },
    optimiser,
  })

const scoreProgram = (spec: CnnSpec): Program => {
  const weights = Object.fromEntries(Object.entries(resnetShapes(spec)).map(([name, shape]) => [name, input(name, shape)]))
  const given = givenOf(spec)
  const { logits } = resnetForward(spec, { ...weights, ...given }, must(given["image"], "image"), { phase: "eval" })
  return makeProgram({ outputs: { loss: crossEntropy(logits, must(given["label"], "label")) } })
}

export const cnnTask = async (spec: CnnSpec, folder: string, device: Device): Promise<Task> => {
  const weights = await load(folder, "weights.safetensors")
  const { image, label } = await load(folder, "batches.safetensors")
  const optimiser = sgd({ momentum: spec.momentum, nesterov: true, weightDecay: 0 })
  const { moments } = initResnet(spec, random("cambium-bench"))
  const isTraining = spec.task === "train-cnn"
  const program = isTraining ? trainProgram(spec, optimiser) : scoreProgram(spec)
  const resident = { ...weights, ...moments, ...(isTraining ? initState(optimiser, weights) : {}) }
  return running(device, program, resident, {
    params: countParams(weights),
    feed: (step) => ({ image: batchOf(image, step), label: batchOf(label, step), ...(isTraining ? optimiser.at(spec.rate, step + 1) : {}) }),
    read: (outputs) => must(outputs["loss"]?.data[0], "loss"),
  })
}

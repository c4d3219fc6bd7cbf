/** The training step of the benchmark's ResNet: one traced program, bound to a device that holds weights, momentum and running moments. */
import { must } from "../../../src/base/assert.ts"
import { random } from "../../../src/base/random.ts"
import type { Device } from "../../../src/device/device.ts"
import { crossEntropy } from "../../../src/nn/cross-entropy.ts"
import { initState } from "../../../src/nn/optimiser.ts"
import { initResnet, resnetForward, resnetMoments, resnetShapes } from "../../../src/nn/resnet.ts"
import { sgd } from "../../../src/nn/sgd.ts"
import { trainingStep } from "../../../src/nn/training-step.ts"
import { input } from "../../../src/tensor/source.ts"
import type { CnnSpec } from "../spec.ts"
import { batchOf, countParams, load, running, type Task } from "./task.ts"

export const cnnTask = async (spec: CnnSpec, folder: string, device: Device): Promise<Task> => {
  const weights = await load(folder, "weights.safetensors")
  const { image, label } = await load(folder, "batches.safetensors")
  const optimiser = sgd({ momentum: spec.momentum, nesterov: true, weightDecay: 0 })
  const { rows, channels, extent } = spec
  const program = trainingStep({
    trained: resnetShapes(spec),
    given: {
      ...Object.fromEntries(Object.entries(resnetMoments(spec)).map(([name, shape]) => [name, input(name, shape)])),
      image: input("image", [rows, channels, extent, extent]),
      label: input("label", [rows], "i32"),
    },
    loss: (x) => {
      const { logits, moments } = resnetForward(spec, x, must(x["image"], "image"), { phase: "train" })
      return { loss: crossEntropy(logits, must(x["label"], "label")), carried: moments }
    },
    optimiser,
  })
  const { moments } = initResnet(spec, random("cambium-bench"))
  return running(device, program, { ...weights, ...moments, ...initState(optimiser, weights) }, {
    params: countParams(weights),
    feed: (step) => ({ image: batchOf(image, step), label: batchOf(label, step), ...optimiser.at(spec.rate, step + 1) }),
    read: (outputs) => must(outputs["loss"]?.data[0], "loss"),
  })
}

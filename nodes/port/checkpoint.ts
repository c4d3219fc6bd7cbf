/** A checkpoint on the disk: where it is, what it is, and whether it is as it was. Its weights are never in the store. */
import * as t from "io-ts"
import { jsonPort, type PortValue } from "#src"

const Checkpoint = t.readonly(
  t.type({
    path: t.string,
    /** Of headers and samples of weights. */
    fingerprint: t.string,
    /** Sizes, times of change and inodes of its files. */
    stamp: t.string,
    /** Results of the stages before it, by their names in the configuration. */
    stages: t.readonly(t.record(t.string, t.string)),
  }),
)

export const checkpointFiles = jsonPort("checkpoint-files", Checkpoint)
export type CheckpointFiles = PortValue<typeof checkpointFiles>

/** `print-fingerprints.ts DEVICE THREADS`: the fingerprints that a process of its own gets, as JSON. */
import * as E from "fp-ts/lib/Either.js"
import { wholeDeviceNames } from "../../../../src/device/device.ts"
import { openDevice } from "../../../../src/device/open.ts"
import { fingerprints } from "./fingerprints.ts"

const [asked, threads] = process.argv.slice(2)
const name = wholeDeviceNames.find((known) => known === asked)
const device = name === undefined ? undefined : await openDevice(name, { threads: Number(threads) })
if (device === undefined || E.isLeft(device)) throw new Error(device?.left.reason ?? `unknown device ${asked}`)
process.stdout.write(JSON.stringify(await fingerprints(device.right)))
await device.right.close()
